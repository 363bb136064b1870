//! What a column can hold, and how it is read, written and stands in the tag of its row.

use super::Column;
use crate::engine::{Param, Value};
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::claim::ClaimKind;
use kaguan_domain::facts::clock::ClockKind;
use kaguan_domain::facts::names::{
    AccountKind, BatchStateKind, BlankStateKind, CustodyKind, SocialKind, StageKind, StepKind,
};
use kaguan_domain::ids::{
    ApplicationId, BatchId, BlankOrderId, BoxId, CardId, HolderId, MaterialId, OfficerId, OrgId, UnitId,
};

impl Column for i64 {
    const TYPE: u8 = b'i';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Int(n) => Ok(*n),
            _ => Err("not an integer".into()),
        }
    }
}

impl Column for u32 {
    const TYPE: u8 = b'i';

    fn param(self) -> Param {
        i64::from(self).into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        Self::try_from(i64::read(value)?).map_err(|_| "out of range".into())
    }
}

impl Column for bool {
    const TYPE: u8 = b'i';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match i64::read(value)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err("neither 0 nor 1".into()),
        }
    }
}

impl Column for String {
    const TYPE: u8 = b't';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(std::mem::take(text)),
            _ => Err("not a text".into()),
        }
    }
}

impl Column for Vec<u8> {
    const TYPE: u8 = b'b';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Bytes(bytes) => Ok(std::mem::take(bytes)),
            _ => Err("not a blob".into()),
        }
    }
}

impl Column for [u8; 32] {
    const TYPE: u8 = b'b';

    fn param(self) -> Param {
        self.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Bytes(bytes) => bytes.as_slice().try_into().map_err(|_| "not 32 bytes".into()),
            _ => Err("not a blob".into()),
        }
    }
}

/// A sealed value. In the tag of its row its end stands for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed(pub(crate) Vec<u8>);

impl std::ops::Deref for Sealed {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Column for Sealed {
    const TYPE: u8 = b's';

    fn param(self) -> Param {
        self.0.into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        Vec::<u8>::read(value).map(Self)
    }
}

impl<T: Column> Column for Option<T> {
    const TYPE: u8 = T::TYPE;

    fn param(self) -> Param {
        match (self, T::TYPE) {
            (Some(value), _) => value.param(),
            (None, b'i') => Param::Int(None),
            (None, b't') => Param::Text(None),
            (None, _) => Param::Bytes(None),
        }
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

/// A day, as `2026-11-26`.
impl Column for Date {
    const TYPE: u8 = b't';

    fn param(self) -> Param {
        self.to_string().into()
    }

    fn read(value: &mut Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => text.parse().map_err(|_| "not a date".into()),
            _ => Err("not a text".into()),
        }
    }
}

macro_rules! identities {
    ($($Id:ident)+) => {$(
        impl Column for $Id {
            const TYPE: u8 = b'i';

            fn param(self) -> Param {
                self.0.into()
            }

            fn read(value: &mut Value) -> Result<Self, String> {
                i64::read(value).map(Self)
            }
        }
    )+};
}

identities! { HolderId ApplicationId BatchId BlankOrderId BoxId CardId MaterialId OfficerId OrgId UnitId Instant }

/// Columns that hold a stable name.
macro_rules! named {
    ($($Kind:ident)+) => {$(
        impl $crate::table::Column for $Kind {
            const TYPE: u8 = b't';

            fn param(self) -> $crate::engine::Param {
                self.code().into()
            }

            fn read(value: &mut $crate::engine::Value) -> Result<Self, String> {
                match value {
                    $crate::engine::Value::Text(code) => {
                        Self::from_code(code).ok_or_else(|| "not a name that is known".into())
                    }
                    _ => Err("not a text".into()),
                }
            }
        }
    )+};
}
pub(crate) use named;

named! { ClaimKind StageKind BatchStateKind StepKind BlankStateKind SocialKind AccountKind CustodyKind ClockKind }
