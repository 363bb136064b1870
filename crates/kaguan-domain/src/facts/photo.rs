//! Photos of people, by the name under which they are stored (Article 5).

use serde::{Deserialize, Serialize};

/// A stored photo: the SM3 digest of its bytes, in lower-case hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhotoRef(pub String);
