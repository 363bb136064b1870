//! Letters as partners read them: the one place where what is kept becomes what is sent.

use kaguan_api::message as wire;
use kaguan_domain::facts::letter::{Decision, Letter, Owner};
use kaguan_service::ports::Message;

/// A message of the outbox as a partner gets it. Our own identities of holders are nobody else's.
pub(super) fn outgoing(message: Message) -> Result<wire::Outgoing, serde_json::Error> {
    wire::Outgoing::new(message.id, &body(message.letter))
}

fn body(letter: Letter) -> wire::Body {
    match letter {
        Letter::Link(l) => wire::Body::Link(wire::Link {
            bank: l.bank.to_string(),
            bank_card_no: l.bank_card_no.into(),
            seq: l.seq,
            kind: l.kind.code().to_owned(),
            owner: l.owner.map(owner),
        }),
        Letter::ChangeReserved(l) => wire::Body::ChangeReserved(wire::ChangeReserved {
            bank_card_no: l.bank_card_no.into(),
            to: l.to.to_string(),
        }),
        Letter::ChangeDecided(l) => {
            let (outcome, reason) = match l.decision {
                Decision::Approved => ("approved", None),
                Decision::Refused { reason } => ("refused", Some(reason)),
                Decision::Withdrawn => ("withdrawn", None),
                Decision::Lapsed => ("lapsed", None),
                Decision::CardMade => ("card_made", None),
            };
            let (number, outcome) = (l.number.into(), outcome.to_owned());
            wire::Body::ChangeDecided(wire::ChangeDecided { number, outcome, reason })
        }
        Letter::AccountUnused(l) => wire::Body::AccountUnused(wire::AccountUnused {
            bank_card_no: l.bank_card_no.into(),
            form_no: l.form_no,
            reason: l.reason,
        }),
        Letter::ECardIssue(l) => wire::Body::ECardIssue(wire::ECardIssue {
            card: l.card.0,
            number: l.number.into(),
            name: l.name,
            document_kind: l.document_kind,
            issued_on: l.issued_on.to_string(),
            area: l.area.to_string(),
        }),
        Letter::ECardState(l) => {
            wire::Body::ECardState(wire::ECardState { card: l.card.0, state: l.state.code().to_owned() })
        }
        Letter::FeeOrder(l) => {
            wire::Body::FeeOrder(wire::FeeOrder { form_no: l.form_no, number: l.number.into(), fen: l.fen })
        }
        Letter::Notice(l) => wire::Body::Notice(wire::Notice { to: l.to, text: l.text }),
    }
}

fn owner(owner: Owner) -> wire::Owner {
    wire::Owner {
        number: owner.number.into(),
        name: owner.name,
        document_kind: owner.document_kind,
        document_number: owner.document_number,
        mobile: owner.mobile,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaguan_domain::facts::letter::{Addressee, LetterKind};

    /// Kind, body as databases of November 2026 hold it, body as the partner gets it.
    const STORED: [(&str, &str, &str); 13] = [
        (
            "bank.link",
            r#"{"bank":"95588","bank_card_no":"6295588100000000016","card":34,"holder":12,"kind":"lose_formally","seq":2}"#,
            r#"{"bank":"95588","bank_card_no":"6295588100000000016","kind":"lose_formally","seq":2}"#,
        ),
        (
            "bank.link",
            r#"{"bank":"95588","bank_card_no":"6295588100000000016","card":34,"holder":12,"kind":"open_pre_made","owner":{"document_kind":"01","document_number":"440106199001010013","mobile":"13800000000","name":"王小明","number":"440106199001010013"},"seq":1}"#,
            r#"{"bank":"95588","bank_card_no":"6295588100000000016","kind":"open_pre_made","owner":{"document_kind":"01","document_number":"440106199001010013","mobile":"13800000000","name":"王小明","number":"440106199001010013"},"seq":1}"#,
        ),
        (
            "bank.link",
            r#"{"bank":"95588","bank_card_no":"6295588100000000016","card":34,"holder":12,"kind":"open_pre_made","owner":{"document_kind":"01","document_number":"440106199001010013","mobile":null,"name":"王小明","number":"440106199001010013"},"seq":1}"#,
            r#"{"bank":"95588","bank_card_no":"6295588100000000016","kind":"open_pre_made","owner":{"document_kind":"01","document_number":"440106199001010013","name":"王小明","number":"440106199001010013"},"seq":1}"#,
        ),
        (
            "bank.change_reserved",
            r#"{"bank_card_no":"6295588100000000016","to":"95599"}"#,
            r#"{"bank_card_no":"6295588100000000016","to":"95599"}"#,
        ),
        (
            "bank.change_decided",
            r#"{"number":"440106199001010013","outcome":"approved"}"#,
            r#"{"number":"440106199001010013","outcome":"approved"}"#,
        ),
        (
            "bank.change_decided",
            r#"{"number":"440106199001010013","outcome":"refused","reason":"账户有未结清的业务"}"#,
            r#"{"number":"440106199001010013","outcome":"refused","reason":"账户有未结清的业务"}"#,
        ),
        (
            "bank.change_decided",
            r#"{"number":"440106199001010013","outcome":"withdrawn"}"#,
            r#"{"number":"440106199001010013","outcome":"withdrawn"}"#,
        ),
        (
            "bank.change_decided",
            r#"{"number":"440106199001010013","outcome":"lapsed"}"#,
            r#"{"number":"440106199001010013","outcome":"lapsed"}"#,
        ),
        (
            "bank.account_unused",
            r#"{"bank_card_no":"6295588100000000016","form_no":"44010000001","reason":"芯片损坏"}"#,
            r#"{"bank_card_no":"6295588100000000016","form_no":"44010000001","reason":"芯片损坏"}"#,
        ),
        (
            "ecard.issue",
            r#"{"area":"4401","card":34,"document_kind":"01","issued_on":"2026-03-02","name":"王小明","number":"440106199001010013"}"#,
            r#"{"area":"4401","card":34,"document_kind":"01","issued_on":"2026-03-02","name":"王小明","number":"440106199001010013"}"#,
        ),
        ("ecard.state", r#"{"card":34,"state":"identity_only"}"#, r#"{"card":34,"state":"identity_only"}"#),
        (
            "fee.order",
            r#"{"fen":2000,"form_no":"44010000001","number":"440106199001010013"}"#,
            r#"{"fen":2000,"form_no":"44010000001","number":"440106199001010013"}"#,
        ),
        (
            "sms.notice",
            r#"{"text":"您的社会保障卡将于三个月内有效期满，请及时办理换卡。","to":"13800000000"}"#,
            r#"{"text":"您的社会保障卡将于三个月内有效期满，请及时办理换卡。","to":"13800000000"}"#,
        ),
    ];

    #[test]
    fn a_letter_of_an_older_database_is_read_and_goes_out_with_the_same_fields() {
        for (kind, stored, sent) in STORED {
            let letter = Letter::read(kind, stored.as_bytes()).expect(stored);
            assert_eq!(letter.kind().code(), kind);
            assert_eq!(Letter::read(kind, &letter.body()).expect(stored), letter, "as it is stored today");
            let out = outgoing(Message { id: 7, to: Addressee::ECard, letter }).expect(stored);
            let sent = format!(r#"{{"id":7,"kind":"{kind}","body":{sent}}}"#);
            assert_eq!(serde_json::to_string(&out).expect(stored), sent);
            assert_eq!(wire::Outgoing::new(7, &out.read().expect(stored)).expect(stored), out);
        }
        let covered = |k: &LetterKind| STORED.iter().any(|(kind, ..)| *kind == k.code());
        assert!(LetterKind::ALL.iter().all(covered));
    }

    #[test]
    fn what_cannot_be_read_is_said_by_its_place_and_not_by_its_content() {
        let garbled = r#"{"to":"13800000000","text":7}"#;
        let said = Letter::read("sms.notice", garbled.as_bytes()).unwrap_err().to_string();
        assert!(said.contains("sms.notice") && !said.contains("138"), "{said}");
        assert!(Letter::read("sms.unheard_of", b"{}").is_err());
    }
}
