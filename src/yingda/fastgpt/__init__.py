"""A FastGPT server as a back end: its wire, its stage markers, and an answerer that passes its words on."""
