//! What stands in journals and columns, is sent, or has a request key bound to it: written as in earlier days, and read back as it was.

use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::account::{AccountNumber, BankAccount, BlankAccount};
use kaguan_domain::facts::application::Purpose;
use kaguan_domain::facts::custody::RecallReason;
use kaguan_domain::facts::failure::{PartnerWords, RowFailure, SentField};
use kaguan_domain::facts::mirror::{BankState, Facet, Loss, Mirror};
use kaguan_domain::facts::names::{
    AccountKind, BatchStateKind, BlankStateKind, CustodyKind, SocialKind, StageKind, StepKind,
};
use kaguan_domain::ids::{ApplicationId, BankCardNumber, BankCode, CardId, PartnerKind};
use kaguan_domain::replacement::bank_change;
use kaguan_domain::report::Business;
use kaguan_domain::{production, records};

#[test]
fn an_allocated_account_is_stored_under_the_names_of_earlier_days() {
    let number = BankCardNumber::parse("6228480402564890018").unwrap();
    let bank = BankAccount { bank_card_no: number, account_no: AccountNumber("a".into()), of: None };
    let account = BlankAccount { bank, personal_account: AccountNumber("p".into()) };
    let stored =
        r#"{"account":{"bank_card_no":"6228480402564890018","account_no":"a"},"personal_account":"p"}"#;
    assert_eq!(serde_json::to_string(&account).unwrap(), stored);
    assert_eq!(serde_json::from_str::<BlankAccount>(stored).unwrap(), account);
}

fn read(json: &str) -> RowFailure {
    serde_json::from_str(json).expect(json)
}

fn said(code: &str, reason: &str) -> RowFailure {
    RowFailure::Said(PartnerWords { code: code.into(), reason: reason.into() })
}

#[test]
fn failures_of_earlier_journals_are_read_as_what_they_were() {
    let (bank, vendor) = (PartnerKind::Bank, PartnerKind::Vendor);
    let changed = |by, fields: &[SentField]| RowFailure::Changed { by, fields: fields.to_vec() };
    let old = [
        (r#"{"code":"KYC01","reason":"客户职业信息缺失"}"#, said("KYC01", "客户职业信息缺失")),
        (
            r#"{"code":"changed_field","reason":"银行改动了下发字段：姓名、联系电话"}"#,
            changed(bank, &[SentField::Name, SentField::Phone]),
        ),
        (
            r#"{"code":"changed_field","reason":"卡商改动了下发字段：银行卡号"}"#,
            changed(vendor, &[SentField::BankCardNo]),
        ),
        // A bank could send the code itself.
        (r#"{"code":"changed_field","reason":"字段：不符"}"#, said("changed_field", "字段：不符")),
        (r#"{"code":"instant","reason":"打印失败"}"#, RowFailure::Counter { reason: "打印失败".into() }),
        (
            r#"{"code":"spoiled","reason":"破损（装箱位置A-1）"}"#,
            RowFailure::Counter { reason: "破损（装箱位置A-1）".into() },
        ),
    ];
    for (json, failure) in old {
        assert_eq!(read(json), failure);
    }
}

#[test]
fn a_partner_that_uses_our_words_has_said_them_and_changed_nothing() {
    let changed = RowFailure::Changed { by: PartnerKind::Bank, fields: SentField::ALL.to_vec() };
    let counter = RowFailure::Counter { reason: "打印失败".into() };
    let ours = "银行改动了下发字段：姓名";
    let words = ["changed_field", "instant", "spoiled", "KYC01"].map(|code| said(code, ours));
    let unanswered = RowFailure::Unanswered { by: PartnerKind::Vendor, reason: "停产".into() };
    for failure in words.into_iter().chain([changed, counter, unanswered]) {
        let json = serde_json::to_string(&failure).expect("JSON");
        assert_eq!(read(&json), failure, "{json}");
    }
    let json = serde_json::to_string(&said("KYC01", "客户职业信息缺失")).expect("JSON");
    assert_eq!(json, r#"{"code":"KYC01","reason":"客户职业信息缺失"}"#, "as it was");
}

#[test]
fn every_state_has_its_own_bits_and_every_other_number_is_none() {
    let mut known = Vec::new();
    for account in [Facet::PreOpened, Facet::Active, Facet::Closed] {
        for loss in [None, Some(Loss::Temporary), Some(Loss::Formal)] {
            for (locked, restricted) in [(false, false), (false, true), (true, false), (true, true)] {
                let mirror = Mirror { account, loss, locked, restricted };
                assert_eq!(Mirror::from_bits(mirror.bits()), Some(mirror));
                known.push(mirror.bits());
            }
        }
    }
    known.sort_unstable();
    known.dedup();
    assert_eq!(known.len(), 36);
    for bits in (-1_000..1_000).chain([i64::MIN, i64::MAX]) {
        assert_eq!(Mirror::from_bits(bits).is_some(), known.contains(&bits), "{bits}");
        assert_eq!(i64::from(BankState::from(bits)), bits);
    }
    let held = Mirror { account: Facet::Active, loss: Some(Loss::Formal), locked: true, restricted: true };
    assert_eq!(held.bits(), 1 | 2 << 2 | 1 << 4 | 1 << 5, "as the handbook says");
    assert_eq!(held.to_string(), "正常、正式挂失、锁定、限制");
}

#[test]
fn every_stable_name_leads_back_to_its_kind_and_to_no_other() {
    macro_rules! each {
        ($($Kind:ident),+) => {$(
            for kind in $Kind::ALL {
                assert_eq!($Kind::from_code(kind.code()), Some(*kind));
            }
            assert_eq!($Kind::from_code(""), None);
        )+};
    }
    each!(StageKind, BatchStateKind, StepKind, BlankStateKind, SocialKind, AccountKind, CustodyKind);
}

#[test]
fn every_business_and_every_kind_within_it_has_a_name_that_leads_back() {
    for business in Business::ALL {
        assert_eq!(Business::from_code(business.code()), Some(*business));
        assert!(!business.name().is_empty());
        assert_eq!(business.detail_name("no such kind"), "");
    }
    for reason in RecallReason::ALL {
        assert_eq!(Business::TakenBack.detail_name(reason.code()), reason.name());
    }
    let old = CardId(1);
    for purpose in [Purpose::First, Purpose::Reissue { old }, Purpose::BankChange { old }] {
        assert_eq!(Business::Made.detail_name(purpose.code()), purpose.name());
    }
    assert_eq!(Business::Made.detail_name("exchange"), "换卡");
}

#[test]
fn a_command_is_written_as_the_request_keys_of_earlier_days_are_bound_to_it() {
    let json = |command: &HolderCommand| serde_json::to_string(command).unwrap();
    let settle = production::SettleFailure { application: ApplicationId(1) };
    assert_eq!(
        json(&HolderCommand::SettleProductionFailure(settle)),
        r#"{"settle_production_failure":{"application":1}}"#
    );
    assert_eq!(json(&HolderCommand::Show(records::Show::Progress)), r#"{"show":"progress"}"#);
    let reserve = bank_change::Reserve { card: CardId(2), to: BankCode("95588".into()) };
    assert_eq!(
        json(&HolderCommand::ReserveBankChange(reserve)),
        r#"{"reserve_bank_change":{"card":2,"to":"95588"}}"#
    );
    let replace = r#"{"id":1,"purpose":"first","form_no":"f","changes":{},"photo":null,"outlet":1,"collect_at":1,"agent":null,"consent":null,"checks":[]}"#;
    let read: HolderCommand =
        serde_json::from_str(&format!(r#"{{"carry_out_bank_change":{replace}}}"#)).unwrap();
    assert!(matches!(read, HolderCommand::CarryOutBankChange(c) if c.replace.form_no == "f"));
}
