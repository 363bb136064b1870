//! What a partner did by itself, as the journal has it.

use super::check::{Check, Outcome, Point};
use anyhow::Context;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::BatchState;
use kaguan_domain::facts::clock::{ClockKind, Standing};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::ids::{BatchId, HolderId, PartnerId};
use kaguan_domain::permission::Verb;
use kaguan_domain::records::printed_photo;
use kaguan_service::now_in;
use kaguan_store::journal::{DONE, Entry};
use kaguan_store::{BatchesAsked, Line, LinesAsked, LoadRequest, Store, Subject};

/// Repeating what is done already is refused, harms nobody, and is no fault.
const HARMLESS: [&str; 6] =
    ["already_active", "already_enabled", "already_lost", "not_lost", "nothing_to_do", "intent_over"];

const UNCHANGED: Point =
    Point {
        name: "没有改动下发字段", expected: "0行", clause: "附件7", way: "回盘原样带回下发字段"
    };
const UNREFUSED: Point = Point {
    name: "重发使用原请求编号，没有被拒绝的请求",
    expected: "没有（重复办理已办结的业务除外）",
    clause: "接入手册“请求编号”",
    way: "没有收到应答的以原请求编号重发；按 refusals.md 的代码逐一核对",
};

/// What a partner asked for of some verbs, done or refused, wherever in the journal.
pub async fn calls_of(store: &Store, id: &PartnerId, verbs: &[Verb]) -> anyhow::Result<Vec<Line>> {
    /// Lines that are looked through at once.
    const WINDOW: i64 = 20_000;
    let me = id.to_string();
    let asked = LinesAsked {
        subject: None,
        from: Instant(i64::MIN),
        until: Instant(i64::MAX),
        command: None,
        actor: Some(&me),
        outcome: None,
        but: None,
    };
    let (mut found, mut end) = (Vec::new(), store.last_line().await? + 1);
    while end > 1 {
        let from = (end - WINDOW).max(1);
        let lines = store.lines(&asked, end, from, WINDOW).await?;
        found.extend(lines.into_iter().filter(|l| verbs.iter().any(|v| v.code() == l.command)));
        end = from;
    }
    Ok(found)
}

/// Refused calls that are faults, and changed fields, among some lines.
pub fn faults(store: &Store, calls: &[Entry]) -> anyhow::Result<[Check; 2]> {
    let mut changed = 0;
    let of_people = |e: &&Entry| matches!(Subject::parse(&e.subject), Some(Subject::Holder(_)));
    for e in calls.iter().filter(|e| e.is_done()).filter(of_people) {
        changed += store.holder_events(e)?.iter().filter(|e| !e.changed_fields().is_empty()).count();
    }
    let bad = calls.iter().filter(|e| !e.is_done()).filter_map(|e| fault(&e.command, &e.outcome, &e.clause));
    let looked = format!("系统日志中的{}次办理", calls.len());
    let unchanged = match (changed == 0, calls.is_empty()) {
        (true, true) => Outcome::Unproved,
        (good, _) => Outcome::of(good),
    };
    Ok([
        UNCHANGED.came_to(unchanged, looked, format!("{changed}行")),
        unrefused(calls.len(), &bad.collect::<Vec<_>>()),
    ])
}

/// A refusal as the report says it; nothing of one that is no fault.
fn fault(verb: &str, outcome: &str, clause: &str) -> Option<String> {
    let name = Verb::from_code(verb).map(Verb::name).unwrap_or(verb);
    (!HARMLESS.contains(&outcome)).then(|| format!("{name} {outcome}（{clause}）"))
}

/// Whether none of so many calls was refused.
fn unrefused(calls: usize, bad: &[String]) -> Check {
    let outcome = match (bad.is_empty(), calls) {
        (true, 0) => Outcome::Unproved,
        (good, _) => Outcome::of(good),
    };
    let said = format!("{}次 {}", bad.len(), bad.join("、"));
    UNREFUSED.came_to(outcome, format!("系统日志中的{calls}次办理"), said)
}

/// A channel, a business system or the treasury: each of its kinds of business done once at least.
pub async fn each(store: &Store, id: &PartnerId, verbs: &[Verb]) -> anyhow::Result<Vec<Check>> {
    Ok(each_of(&calls_of(store, id, verbs).await?, verbs))
}

fn each_of(calls: &[Line], verbs: &[Verb]) -> Vec<Check> {
    let mut checks = Vec::new();
    for verb in verbs {
        let times = calls.iter().filter(|l| l.outcome == DONE && l.command == verb.code()).count();
        let point = Point {
            name: verb.name(),
            expected: "在测试环境至少办成一次",
            clause: "接入手册“认证”",
            way: "请在测试环境以测试人员办理一次，再认证",
        };
        let outcome = if times > 0 { Outcome::Passed } else { Outcome::Unproved };
        checks.push(point.came_to(outcome, format!("系统日志 {}", verb.code()), format!("{times}次")));
    }
    checks
}

/// A partner that only calls: its calls come signed, each kind of its business was done, and none was refused.
pub async fn signed_and_done(store: &Store, id: &PartnerId, verbs: &[Verb]) -> anyhow::Result<Vec<Check>> {
    let mut checks = vec![calls_signed(store, id).await?];
    let calls = calls_of(store, id, verbs).await?;
    checks.extend(each_of(&calls, verbs));
    let refused = calls.iter().filter(|l| l.outcome != DONE);
    let bad: Vec<_> = refused.filter_map(|l| fault(&l.command, &l.outcome, &l.clause)).collect();
    checks.push(unrefused(calls.len(), &bad));
    Ok(checks)
}

/// Whether its calls come signed at all: reading leaves no line of its own.
pub async fn calls_signed(store: &Store, id: &PartnerId) -> anyhow::Result<Check> {
    const SIGNED: Point = Point {
        name: "以登记的公钥签名呼叫本系统",
        expected: "有签名正确、时间相符的呼叫",
        clause: "接入手册“签名”",
        way: "请以登记的公钥呼叫一次本类接口，再认证",
    };
    let mark = kaguan_service::partner_mark_in(store, &id.to_string()).await?;
    let outcome = if mark.is_some() { Outcome::Passed } else { Outcome::Unproved };
    let said = mark
        .map_or("没有".to_owned(), |ms| format!("最近约在{}", Instant(ms.saturating_mul(1_000)).local()));
    Ok(SIGNED.came_to(outcome, "签名核验记录", said))
}

/// A vendor calls and is not called: it is judged by what it sent for a test batch.
pub async fn vendor(store: &Store, code: &str, number: &str) -> anyhow::Result<Vec<Check>> {
    let theirs = BatchesAsked { vendor: Some(code), ..BatchesAsked::default() };
    let batches = store.batches(theirs, i64::MAX).await?;
    let row = batches.iter().find(|b| b.batch.number == number);
    let id = row.with_context(|| format!("没有卡商{code}的批次“{number}”，请以 --batch 给出批次号"))?.id;
    let want = LoadRequest { batches: vec![id], tally: Some(id), ..LoadRequest::default() };
    let file = store.load(&want).await?.batches.remove(&id).context("没有该批次")?;
    let batch = file.batch.as_ref().context("没有该批次")?;
    let point = |name, expected, way| Point { name, expected, clause: "附件7", way };
    let looked = format!("批次{number}");
    let came =
        |point: Point, passed: bool, said: String| point.came_to(Outcome::of(passed), looked.clone(), said);
    let t = &file.tally;
    let said = format!("制成{}，失败{}，未回{}", t.made, t.production_failed, t.opened);
    let every = point("每行都有结论", "没有未回盘的行，至少制成一张", "逐行回盘，失败的写明原因");
    let answered = t.opened == 0 && t.made > 0;
    let mut checks = vec![came(every, answered, said)];
    let packed: i64 = file.boxes.iter().map(|b| b.cards).sum();
    let boxes = point("装箱张数与制成张数相符", "相等", "以同一装箱位置重新提交装箱更正张数");
    let fits = packed == t.made;
    // Whatever stands behind what was not done proves nothing by itself.
    checks.push(match answered {
        true => came(boxes, fits, format!("装箱{packed}，制成{}", t.made)),
        false => boxes.unproved("还有未回盘的行，或没有制成的卡"),
    });
    let closed = point("全部数据已回盘", "制卡回盘完成", "全部行回盘后 POST …/close");
    let made = matches!(batch.state, BatchState::Made { .. });
    checks.push(match answered && fits {
        true => came(closed, made, batch.state.name().to_owned()),
        false => closed.unproved("前面各项没有办妥，不能完成"),
    });
    let away = |b: &&kaguan_domain::facts::boxes::BoxFile| {
        b.on_the_way.is_some() || !matches!(b.keeper, Party::Vendor(_))
    };
    let left = file.boxes.iter().filter(away).count();
    let sent = point("成品卡已全部交付", "每箱都已寄出", "POST …/deliveries");
    let said = format!("{left}/{}箱", file.boxes.len());
    checks.push(match made {
        true => came(sent, left == file.boxes.len() && left > 0, said),
        false => sent.unproved("制卡回盘没有完成"),
    });
    let clock = batch.clocks.iter().find(|c| c.kind == ClockKind::VendorMaking);
    let today = now_in(store).await?.date();
    let standing = clock.map(|c| c.standing(today));
    let kept = point("6个工作日内完成", "按期", "数据收齐之日起6个工作日内回盘完成");
    let outcome = match standing {
        Some(Standing::Kept) => Outcome::Passed,
        Some(Standing::Broken | Standing::Late | Standing::TakenBack) => Outcome::Failed,
        Some(Standing::Running | Standing::LastDay) | None => Outcome::Unproved,
    };
    let said = standing.map_or("未计时".to_owned(), |s| s.name().to_owned());
    checks.push(kept.came_to(outcome, looked.clone(), said));
    checks.extend(fetched(store, code, id).await?);
    Ok(checks)
}

/// What a partner did about somebody.
async fn lines_of(store: &Store, me: &str, holder: HolderId) -> anyhow::Result<Vec<Entry>> {
    let mut lines = store.entries_of(Subject::Holder(holder), 200).await?;
    lines.retain(|l| l.actor == me);
    Ok(lines)
}

/// What goes onto the cards was fetched for each of them; nothing was changed, and nothing refused.
async fn fetched(store: &Store, code: &str, id: BatchId) -> anyhow::Result<Vec<Check>> {
    let me = format!("vendor:{code}");
    let mut calls = store.entries_of(Subject::Batch(id), 100_000).await?;
    calls.retain(|l| l.actor == me);
    let (mut made, mut keys, mut printed, mut photos) = (0, 0, 0, 0);
    // An application whose card is made is not the batch's any more; the card is.
    let mut after = HolderId(i64::MIN);
    loop {
        let cards = store.cards_of_batch(id, after, 500).await?;
        let Some(last) = cards.last() else { break };
        after = last.0;
        let holders = cards.iter().map(|c| c.0).collect();
        let files = store.load(&LoadRequest { holders, ..LoadRequest::default() }).await?.holders;
        for (holder, card) in cards {
            let theirs = lines_of(store, &me, holder).await?;
            let did = |verb: Verb| theirs.iter().any(|l| l.is_done() && l.command == verb.code());
            made += 1;
            keys += usize::from(did(Verb::TakeCardKeys));
            // A photo of the card is fetched; whoever has none printed, under seven or from a platform, is not asked for.
            let file = files.get(&holder);
            let application = file.and_then(|f| Some((f, f.application(f.card(card)?.application)?)));
            if application.is_some_and(|(f, a)| printed_photo(f, a).is_some()) {
                printed += 1;
                photos += usize::from(did(Verb::ExtractProduction));
            }
            calls.extend(theirs);
        }
    }
    let mut after = HolderId(i64::MIN);
    loop {
        let rows = store.batch_people(id, StageKind::ProductionFailed, after, 500).await?;
        let Some(last) = rows.last() else { break };
        after = last.holder;
        for row in &rows {
            calls.extend(lines_of(store, &me, row.holder).await?);
        }
    }
    const KEYS: Point = Point {
        name: "每张卡都提取了证书密钥",
        expected: "制成的卡逐张提取",
        clause: "附件7",
        way: "POST …/card-keys，每张卡一行",
    };
    const PHOTOS: Point = Point {
        name: "提取了要印的相片",
        expected: "要印相片的卡逐张提取",
        clause: "附件7",
        way: "photo 为 true 的行，GET …/photos/{行号}",
    };
    let outcome = |all: usize, had: usize| match all {
        0 => Outcome::Unproved,
        all => Outcome::of(all == had),
    };
    let looked = format!("制成的{made}张");
    let mut checks = vec![
        KEYS.came_to(outcome(made, keys), looked.clone(), format!("{keys}张")),
        PHOTOS.came_to(outcome(printed, photos), looked, format!("要印{printed}张，提取{photos}张")),
    ];
    checks.extend(faults(store, &calls)?);
    Ok(checks)
}
