//! Nothing: the tests of `kaguan-domain`'s rules stand in `tests/`. What a rule alone can be asked for is beside it, in the domain.
