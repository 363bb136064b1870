//! What anybody might ask in the model of cards on their way.

use super::*;

/// Every command about the cards that anybody might give now, sensible or not. One card is made again, one replaced.
pub(super) fn commands(way: &Way<'_>) -> Vec<C> {
    let (file, mut out) = (&way.file, Vec::new());
    let id = ApplicationId(file.applications.len() as i64 + 1);
    let form_no = format!("4401000000{id}");
    for c in &file.cards {
        let card = c.id;
        for i in c.intents.iter().filter(|i| !i.is_over()) {
            out.push(C::AnswerIntent(AnswerIntent { card, seq: i.seq, answer: BankAnswer::Done }));
        }
        // What becomes of a card in hand is the other model's.
        if matches!(c.custody, Custody::WithHolder { .. }) {
            if c.social == Social::NotEnabled {
                out.push(C::Enable(stated::enabled_by_holder(card, shown())));
            }
            continue;
        }
        let missing = RecordMissing {
            card,
            since: TODAY,
            place: "卡库".into(),
            account: "未见".into(),
            answers: None,
            counted_at: None,
        };
        out.extend([
            C::RecordMissing(missing),
            C::RecordFound(RecordFound { card, org: HR }),
            C::ReleaseLoss(Release { card, verified: true, deputy: None }),
        ]);
        if way.lost.is_empty() && way.reissued().is_none_or(|old| old == card) {
            let form_no = form_no.clone();
            out.push(C::MakeAgain(MakeAgain { id, card, form_no, outlet: HR, collect_at: HR }));
        }
        // Of a card that is being replaced nothing else is explored: the new one is looked at.
        if way.is_replaced(c) {
            continue;
        }
        if !file.applications.iter().any(|a| matches!(a.purpose, Purpose::Reissue { .. })) {
            let form_no = form_no.clone();
            let reissue = Replace { id, form_no, ..replace(Purpose::Reissue { old: card }) };
            out.push(C::Replace(Box::new(reissue)));
        }
        let confirm = |code: &str| C::ConfirmPost(stated::posted_to_holder(card, code, shown()));
        let proof = CarrierProof {
            number: "妥投1".into(),
            signer: "张三".into(),
            signed_on: way.now.date(),
            copy: None,
        };
        let carried = ConfirmPost {
            verified: false,
            shown: None,
            signed: false,
            proof: Some(Box::new(proof)),
            ..stated::posted_to_holder(card, "right", shown())
        };
        let code = || PickUpCode("123456".into());
        let uncollected = |at| C::TakeBack(TakeBack { card, reason: RecallReason::Uncollected, at });
        let over = |org| C::TakeOver(TakeOver { card, org, kept_at: "卡库".into(), signer: "乙".into() });
        out.extend([
            C::Post(Post {
                carrier: None,
                card,
                outlet: HR,
                tracking: "E".into(),
                code_digest: "right".into(),
                code: Some(code()),
                told_postage: true,
                told_code: true,
                wish: stated::wished_by_holder(shown()),
            }),
            C::PostFromVendor(PostFromVendor {
                card,
                tracking: "E".into(),
                code_digest: "right".into(),
                code: code(),
            }),
            confirm("right"),
            confirm("wrong"),
            C::ConfirmPost(carried),
            C::ReceiveReturnedPost(ReceiveReturned { card, outlet: HR, reason: "查无此人".into() }),
            C::RecordFound(RecordFound { card, org: CITY }),
            over(HR),
            over(BANK),
            C::HandOver(stated::handed_to_holder(card, HR, shown())),
            C::HandOver(stated::handed_to_holder(card, BANK, shown())),
            C::Enable(stated::enabled_by_holder(card, shown())),
            C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None }),
            C::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }),
            uncollected(HR),
            uncollected(BANK),
            uncollected(CITY),
            C::ReceiveData(ReceiveData { card, org: CITY }),
            C::StorePlastic(StorePlastic { card, org: BANK, signer: "丁".into() }),
            C::OfferAgain(OfferAgain { card }),
            C::CancelStranded(CancelStranded { card }),
            C::Destroy(Destroy { card }),
        ]);
        // A bank is asked about what nobody collects.
        if matches!(c.custody, Custody::Recalled { .. }) && !c.is_cancelled() {
            out.extend([true, false].map(|empty| C::StateBalance(StateBalance { card, empty })));
        }
    }
    for a in file.applications.iter().filter(|a| a.is_open()) {
        let paid_at = Instant::at_start_of(a.received_on);
        let pay = Pay::of_one_card(a.id, a.id.0.unsigned_abs(), paid_at);
        out.extend([C::PayFee(pay), C::Withdraw(Withdraw { application: a.id })]);
    }
    out
}

/// Everything that may happen to the box while the card lies in it: down the levels, counted right or one short, to the employer.
pub(super) fn box_commands(way: &Way<'_>) -> Vec<B> {
    if !way.file.cards.iter().any(|c| matches!(c.custody, Custody::InBox { .. })) {
        return Vec::new();
    }
    let (b, inside) = (way.the_box(), way.batch().inside(BOX));
    let ship = |to| {
        B::Ship(Ship {
            r#box: BOX,
            to,
            responsible: "甲".into(),
            manner: "专车".into(),
            tracking: "T1".into(),
        })
    };
    let mut out: Vec<B> = [PROVINCE, CITY, HR].map(ship).into();
    let receive = |counted, short| {
        let org = b.on_the_way.as_ref().map_or(CITY, |w| w.to);
        let (kept_at, signer) = ("卡库".into(), "乙".into());
        B::Receive(Receive { r#box: BOX, org, counted, kept_at, signer, short, surplus: Vec::new() })
    };
    out.extend([receive(inside, None), receive(inside + 1, None)]);
    if b.differences.is_empty() {
        let short = |answers| Some(Short { cards: 1, answers, account: "少卡".into() });
        out.extend([Answers::Sender, Answers::Receiver].map(|a| receive(inside - 1, short(a))));
    }
    let (settled, account) = (Settled::Short { cards: 1, at: None }, "核对".into());
    out.push(B::SettleDifference(SettleDifference { r#box: BOX, settled, account }));
    out.push(B::CloseEmptyBox { r#box: BOX });
    let unit = stated::unit_registered(UnitId(1));
    out.push(B::HandOverBox(stated::handed_to_operator(BOX, EMPLOYER, inside, &unit)));
    out
}
