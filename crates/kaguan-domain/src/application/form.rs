//! The application form: one applicant judged, every defect told at once.
