"""Questions over databases: a semantic model, a parser, a guard, and answers from rows."""
