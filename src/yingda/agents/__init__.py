"""Who answers: the router, the agents it chooses among, and the wrappers around them."""
