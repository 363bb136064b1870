//! 登记缺卡 of cards that a list of what is in hand lacks, by whoever counts their box: each level names them itself, without opening a file.

use super::{BoxesPage, ComparedView, TITLE, show};
use crate::Console;
use crate::distribution::on_the_way::name_of;
use crate::frame::Said;
use crate::may::May;
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::distribution::{RecordMissing, SettleDifference};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::difference::{Difference, Settled};
use kaguan_domain::ids::{BatchId, BoxId, CardId, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_domain::spelling;
use kaguan_service::{Command, Failure};

/// What is stated of all that are ticked.
struct Stated {
    since: Date,
    place: String,
    account: String,
    cards: Vec<(HolderId, CardId)>,
}

/// What was sent, or all that is missing in it.
fn stated(console: &Console, sent: &Sent) -> Result<Stated, Said> {
    let chosen = sent.fields().filter(|(name, _)| name.starts_with("card_")).map(|(_, text)| text);
    let mut cards: Vec<(HolderId, CardId)> = chosen
        .filter_map(|text| text.split_once('-'))
        .filter_map(|(holder, card)| Some((HolderId(holder.parse().ok()?), CardId(card.parse().ok()?))))
        .collect();
    cards.sort_unstable();
    let since = sent.text("date").trim().parse().ok().filter(|day| *day <= console.service.now().date());
    let (place, account) = (sent.text("place").trim().to_owned(), sent.text("account").trim().to_owned());
    let mut lacks = Vec::new();
    if cards.is_empty() {
        lacks.push("勾选缺失的卡");
    }
    if since.is_none() {
        lacks.push("填写不晚于今天的缺失日期");
    }
    if spelling::says_nothing(&place) {
        lacks.push("填写缺失地点或环节");
    }
    if spelling::says_nothing(&account) {
        lacks.push("填写情况说明");
    }
    match since {
        Some(since) if lacks.is_empty() => Ok(Stated { since, place, account, cards }),
        _ => Err(format!("没有登记缺卡：须{}", lacks.join("、")).into()),
    }
}

/// The cards of a box that nobody has found or named yet, as the receipts that counted it short say: the first to be missed first.
async fn open_shortages(
    console: &Console,
    (batch, r#box): (BatchId, BoxId),
) -> Result<Vec<Difference>, Failure> {
    let file = console.service.batch(batch).await?;
    let of_box = |f: BatchFile| f.box_file(r#box).map(|b| b.open_shortages().cloned().collect());
    Ok(file.and_then(of_box).unwrap_or_default())
}

/// Whether several answer for them: which card was whose is then for the clerk to say.
fn is_of_several(short: &[Difference]) -> bool {
    short.windows(2).any(|two| two[0].answers != two[1].answers)
}

/// Each of them once, by its time, in words.
fn in_words(console: &Console, short: &[Difference]) -> Vec<(i64, String)> {
    let institutions = console.service.institutions();
    let mut all: Vec<(i64, String)> = Vec::new();
    for d in short.iter().filter(|_| is_of_several(short)) {
        let answers = name_of(&d.answers, &institutions);
        let words = format!("{}签收，短少{}张，责任方{answers}", d.at.date(), d.short);
        if all.last().is_none_or(|(at, _)| *at != d.at.0) {
            all.push((d.at.0, words));
        }
    }
    all
}

/// Which shortage each of the cards is: in their order, or as it is chosen where several answer for them. A card beyond them is none of them.
fn counted_at(
    console: &Console,
    sent: &Sent,
    cards: &[(HolderId, CardId)],
    short: &[Difference],
) -> Result<Vec<Option<Instant>>, Said> {
    if !is_of_several(short) {
        return Ok((0..cards.len()).map(|n| short.get(n).map(|d| d.at)).collect());
    }
    let chosen =
        |(_, card): &(HolderId, CardId)| sent.text(&format!("short_{card}")).trim().parse().ok().map(Instant);
    let chosen: Vec<Option<Instant>> = cards.iter().map(chosen).collect();
    let wants = |at: i64| short.iter().filter(|d| d.at.0 == at).count();
    let has = |at: i64| chosen.iter().flatten().filter(|c| c.0 == at).count();
    let words = in_words(console, short);
    let differ = words.iter().filter(|(at, _)| has(*at) != wants(*at));
    let differ: Vec<&str> = differ.map(|(_, words)| words.as_str()).collect();
    if differ.is_empty() {
        return Ok(chosen);
    }
    let cite = clause!(R12.1).cite();
    Err(format!(
        "没有登记缺卡：须为每张短少的卡选择所属的签收短少，张数与登记一致（{}）。依据{cite}",
        differ.join("；")
    )
    .into())
}

/// A shortage that the count of the box told is settled with the names of its cards; all of them, as a box with an open one lets no card go.
/// Which shortage each card is: whoever answered for it then answers for the card.
async fn settled(
    console: &Console,
    me: &SignedIn,
    (batch, r#box): (BatchId, BoxId),
    said: &Stated,
    sent: &Sent,
) -> Result<Vec<Option<Instant>>, Said> {
    clause!(R12.1);
    let open = open_shortages(console, (batch, r#box)).await?;
    let short = i64::try_from(open.len()).unwrap_or(i64::MAX);
    if short == 0 {
        return Ok(vec![None; said.cards.len()]);
    }
    if said.cards.len() < open.len() {
        let cite = clause!(R12.1).cite();
        return Err(format!("该箱签收时登记短少{short}张，须一并勾选查明的全部{short}张，没有登记缺卡。其余已找到的，先办理清点差异处理。依据{cite}").into());
    }
    let which = counted_at(console, sent, &said.cards, &open)?;
    let account = format!("核对短少的卡：{}", said.account);
    let settle = SettleDifference { r#box, settled: Settled::Short { cards: short, at: None }, account };
    let command = Command::Batch { id: batch, command: BatchCommand::SettleDifference(settle) };
    console.service.execute(me.command(console), command).await?;
    Ok(which)
}

/// The box that a form is about.
fn box_of(sent: &Sent) -> (BatchId, BoxId) {
    let id = |name| sent.text(name).trim().parse().unwrap_or(-1);
    (BatchId(id("batch")), BoxId(id("box")))
}

async fn recorded(console: &Console, me: &SignedIn, sent: &Sent) -> Result<String, Said> {
    let said = stated(console, sent)?;
    let which = settled(console, me, box_of(sent), &said, sent).await?;
    let all = said.cards.len();
    for (done, ((holder, card), counted_at)) in said.cards.into_iter().zip(which).enumerate() {
        let (place, account) = (said.place.clone(), said.account.clone());
        let missing = RecordMissing { card, since: said.since, place, account, answers: None, counted_at };
        let command = Command::of(holder, HolderCommand::RecordMissing(missing));
        if let Err(why) = console.service.execute(me.command(console), command).await {
            return Err(match done {
                0 => why.into(),
                done => format!("已登记{done}张缺卡。其余未登记：{why}").into(),
            });
        }
    }
    Ok(format!("已登记{all}张缺卡，账面随之减少；请领卡网点或市卡管机构办理未领卡遗失补制"))
}

/// What a list said of a box.
///
/// # Errors
/// Why it was not compared.
pub(super) async fn compared(
    console: &Console,
    me: &SignedIn,
    (batch, r#box): (BatchId, BoxId),
    list: String,
) -> Result<ComparedView, Failure> {
    clause!(R12.1);
    let seen = console.service.compare_box(me.ctx(console), batch, r#box, &list).await?;
    let file = console.service.batch(batch).await?;
    let found = file.iter().flat_map(|f| f.batch.iter().zip(f.box_file(r#box)));
    let name = found.map(|(b, x)| format!("批次{} 装箱位置{}", b.number, x.number)).collect();
    let shorts = in_words(console, &open_shortages(console, (batch, r#box)).await?);
    let records = May::of(console, me).may(Verb::RecordMissing);
    Ok(ComparedView { batch: batch.0, id: r#box.0, name, seen, records, list, shorts })
}

/// 登记缺卡. When it is refused the box is compared again: nobody scans it twice.
pub async fn record(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    clause!(R12.1);
    let frame = Frame::of(&me, TITLE);
    let frame = match recorded(&console, &me, &sent).await {
        Ok(done) => {
            return show(&console, &me, frame.done(done), &me.asked).await.into_response();
        }
        Err(why) => frame.wrong(why),
    };
    let page = show(&console, &me, frame, &me.asked).await;
    let list = sent.text("list");
    if list.trim().is_empty() {
        return page.into_response();
    }
    match compared(&console, &me, box_of(&sent), list.to_owned()).await {
        Ok(again) => BoxesPage { compared: Some(again), ..page }.into_response(),
        // What was said of the command stands.
        Err(_) => page.into_response(),
    }
}
