"""Read-only connections to the engines that questions are asked of."""
