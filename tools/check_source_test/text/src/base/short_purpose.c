/** Text. */
