//! Identity documents 有效身份证件 (Article 10, item 4).
