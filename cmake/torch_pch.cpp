// Holds the one precompiled header that every unit with LibTorch shares.
