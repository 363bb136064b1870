//! Nothing: the tests of `kaguan-domain` stand in `tests/`, those of what rules are made of in `tests/life/pieces`.
