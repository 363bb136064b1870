//! Pure readers and writers of the regulation's files and photos, with exact error positions.
