"""Decodes a file of TensorBoard events by the formats' descriptions alone and prints its events as JSON lines.

Standard library only. With "--tensorboard" the `tensorboard` package reads the file instead.
"""
import json
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        length, check = struct.unpack_from("<QI", data, at)
        assert check == masked(data[at:at + 8]), "checksum of a length"
        record = data[at + 12:at + 12 + length]
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked(record), "checksum of a record"
        yield record
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def message(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif key & 7 == 5:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        else:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        yield key >> 3, value


def by_hand(path):
    for record in records(open(path, "rb").read()):
        event = dict(message(record))
        shown = {"wall_time": event[1], "step": event.get(2, 0)}
        if 3 in event:
            shown["file_version"] = event[3].decode()
        if 5 in event:
            values = [dict(message(value)) for field, value in message(event[5]) if field == 1]
            shown["scalars"] = {value[1].decode(): value[2] for value in values}
        yield shown


def by_tensorboard(path):
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto import event_pb2
    for record in RawEventFileLoader(path).Load():
        event = event_pb2.Event.FromString(record)
        shown = {"wall_time": event.wall_time, "step": event.step}
        if event.file_version:
            shown["file_version"] = event.file_version
        if event.summary.value:
            shown["scalars"] = {value.tag: value.simple_value for value in event.summary.value}
        yield shown


reader = by_tensorboard if "--tensorboard" in sys.argv else by_hand
for shown in reader(sys.argv[-1]):
    print(json.dumps(shown))
