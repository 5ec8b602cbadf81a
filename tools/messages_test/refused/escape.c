Message m = MESSAGE("a\x41");
