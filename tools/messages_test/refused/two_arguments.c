Message m = MESSAGE("a", b);
