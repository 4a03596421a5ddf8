#include <cstdio>

int main() { std::puts("langzoo"); }
