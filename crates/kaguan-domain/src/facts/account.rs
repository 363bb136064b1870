//! The account behind a card, as the bank opened it.

use crate::ids::{BankCardNumber, BankCode};
use serde::{Deserialize, Serialize};

/// The account behind a card, as the bank opened it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BankAccount {
    /// 银行卡号, on the card's face.
    pub bank_card_no: BankCardNumber,
    /// 银行账户, the bank's own account number; not on the card. Opaque to this system.
    pub account_no: AccountNumber,
    /// The bank among whose accounts its number is nobody else's. Nothing in lines of earlier days, whose number nobody claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<BankCode>,
}

/// The bank's account number: opaque, at most 32 characters, masked when shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountNumber(pub String);

impl std::fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What the bank allocated to a card: 银行卡号, 银行账户 and 个人账户 are three things.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BlankAccount {
    /// 银行卡号 and 银行账户.
    #[serde(rename = "account")]
    pub bank: BankAccount,
    /// 个人账户, which the vendor writes into the chip.
    pub personal_account: AccountNumber,
}
