#!/bin/sh
# compile.sh COMMAND…: the compiler's command through ccache. When it has made a precompiled header, its checksum is
# written beside it: ccache then reads that for every unit in place of the header, which has 600 MB.
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_NOHASHDIR=true CCACHE_PCH_EXTSUM=true
"$@" || exit $?
while [ $# -gt 1 ]; do
  if [ "$1" = -o ]; then
    case $2 in *.gch) sha256sum < "$2" > "$2.sum" ;; esac
  fi
  shift
done
exit 0
