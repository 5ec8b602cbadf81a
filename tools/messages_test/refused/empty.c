Message m = MESSAGE("");
