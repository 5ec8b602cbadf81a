x = message_plural(a, l, MESSAGE("one file"), MESSAGE("{count} files"), n);
x = message_plural(a, l, MESSAGE("one file"), MESSAGE("many files"), n);
