//! Numbers that belong to one person, one pre-made card or one unit application only: whoever has one has claimed it.

use crate::facts::account::{AccountNumber, BankAccount};
use crate::facts::identity::Identifier;
use crate::facts::social_security_number::SocialSecurityNumber;
use crate::ids::{BankCardNumber, BankCode, CardNumber, ChipIdentifier, ECardNumber};
use crate::spelling;

/// Which kind of number a claim is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ClaimKind {
    /// 社会保障号码
    SocialSecurityNumber,
    /// 证件号码
    Document,
    /// 申领表编码
    FormNumber,
    /// 社保卡卡号
    CardNumber,
    /// 银行卡号
    BankCardNumber,
    /// 卡识别码
    Chip,
    /// 非税电子票据: one receipt pays one application (R22.1).
    FeeReceipt,
    /// 银行账户: one account of a bank is one person's.
    Account,
    /// 电子社保卡卡号
    ECard,
    /// 申请表编号 of a unit application, which is one's only (R10.2).
    UnitForm,
}

impl ClaimKind {
    /// Every kind, for tests and for reading stored names.
    pub const ALL: &[Self] = &[
        Self::SocialSecurityNumber,
        Self::Document,
        Self::FormNumber,
        Self::CardNumber,
        Self::BankCardNumber,
        Self::Chip,
        Self::FeeReceipt,
        Self::Account,
        Self::ECard,
        Self::UnitForm,
    ];

    /// Whether it tells who somebody is: whoever has one has a file.
    pub fn is_of_a_person(self) -> bool {
        match self {
            Self::SocialSecurityNumber | Self::Document => true,
            Self::FormNumber
            | Self::CardNumber
            | Self::BankCardNumber
            | Self::Chip
            | Self::FeeReceipt
            | Self::Account
            | Self::ECard
            | Self::UnitForm => false,
        }
    }

    /// Whether it is anybody's again once it was given back: what an application stated of which nothing came, or a unit application that
    /// ended before anybody's data came. The numbers of a pre-made card that goes back into stock stay the card's.
    pub fn is_free_again(self) -> bool {
        self.is_of_a_person() || self == Self::UnitForm
    }

    /// Whether it may stand in several files, whose it then is not: a document that the rule has told apart, or the number of a unit's form
    /// of the time when two that were registered at one instant both got it.
    pub fn may_stand_twice(self) -> bool {
        self.is_told_apart_by_rule() || self == Self::UnitForm
    }

    /// Whether the rule of an application tells those apart who show the same: a country may give a passport's number again,
    /// and then its claim stays with whoever had it first.
    pub fn is_told_apart_by_rule(self) -> bool {
        match self {
            Self::Document => true,
            Self::SocialSecurityNumber
            | Self::FormNumber
            | Self::CardNumber
            | Self::BankCardNumber
            | Self::Chip
            | Self::FeeReceipt
            | Self::Account
            | Self::ECard
            | Self::UnitForm => false,
        }
    }

    /// Reads a stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::SocialSecurityNumber => "number",
            Self::Document => "document",
            Self::FormNumber => "form",
            Self::CardNumber => "card",
            Self::BankCardNumber => "bank_card",
            Self::Chip => "chip",
            Self::FeeReceipt => "fee_receipt",
            Self::Account => "account",
            Self::ECard => "e_card",
            Self::UnitForm => "unit_form",
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::SocialSecurityNumber => "社会保障号码",
            Self::Document => "证件号码",
            Self::FormNumber => "申领表编码",
            Self::CardNumber => "社保卡卡号",
            Self::BankCardNumber => "银行卡号",
            Self::Chip => "卡识别码",
            Self::FeeReceipt => "非税电子票据",
            Self::Account => "银行账户",
            Self::ECard => "电子社保卡卡号",
            Self::UnitForm => "申请表编号",
        }
    }
}

/// A globally unique number that somebody has or wants.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// What kind.
    pub kind: ClaimKind,
    /// The number itself; only its blind index is stored.
    pub value: String,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claim({:?})", self.kind)
    }
}

impl Claim {
    fn new(kind: ClaimKind, value: &str) -> Self {
        Self { kind, value: value.to_owned() }
    }

    /// Of a person's number.
    pub fn social_security_number(number: &SocialSecurityNumber) -> Self {
        Self::new(ClaimKind::SocialSecurityNumber, number.as_str())
    }

    /// Of a document that a person holds or held.
    pub fn document(which: &Identifier) -> Self {
        Self::new(ClaimKind::Document, &which.canonical())
    }

    /// Of an application's form.
    pub fn form_number(number: &str) -> Self {
        Self::new(ClaimKind::FormNumber, number)
    }

    /// Of a unit application's form, however its number is written; none of a form without a number.
    pub fn unit_form(number: &str) -> Option<Self> {
        let number = spelling::looked_for(number);
        (!number.is_empty()).then(|| Self::new(ClaimKind::UnitForm, &number))
    }

    /// Of a card.
    pub fn card_number(number: &CardNumber) -> Self {
        Self::new(ClaimKind::CardNumber, number.as_str())
    }

    /// Of the account behind a card.
    pub fn bank_card_number(number: &BankCardNumber) -> Self {
        Self::new(ClaimKind::BankCardNumber, number.as_str())
    }

    /// Of an account, among those of its bank.
    pub fn account(bank: &BankCode, number: &AccountNumber) -> Self {
        Self::new(ClaimKind::Account, &format!("{bank}/{}", number.0.trim()))
    }

    /// Of the receipt of a fee: 票据代码 and 票据号码.
    pub fn fee_receipt(receipt: &str) -> Self {
        Self::new(ClaimKind::FeeReceipt, receipt)
    }

    /// Of an e-card.
    pub fn e_card(number: &ECardNumber) -> Self {
        Self::new(ClaimKind::ECard, number.as_str())
    }

    /// Of a chip.
    pub fn chip(chip: &ChipIdentifier) -> Self {
        Self::new(ClaimKind::Chip, chip.as_str())
    }
}

impl BankAccount {
    /// The account's number, as one that only one may have.
    pub fn claim(&self) -> Option<Claim> {
        self.of.as_ref().map(|bank| Claim::account(bank, &self.account_no))
    }
}
