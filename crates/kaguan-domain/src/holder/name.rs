//! Names on cards (Articles 5 and 34).
