"""The documents that glmnn started from, replayed: each number they print beside the one that glmnn finds."""
