//! Social security numbers 社会保障号码 (Article 35).
