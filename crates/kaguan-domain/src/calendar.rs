//! The working-day calendar and the counting of deadlines.
