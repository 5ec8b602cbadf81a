Message m = MESSAGE("a
");
