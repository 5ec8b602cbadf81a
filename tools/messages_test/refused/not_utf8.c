Message m = MESSAGE("ÿ");
