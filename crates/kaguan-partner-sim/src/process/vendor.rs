//! A card vendor as a process: takes the data of batches and of orders of pre-made cards, packs, makes, returns, delivers.
//!
//! What is to be made is planned once, from the data and not by dice, and stored: whatever is lost on the way, and
//! whenever the vendor is stopped, the same boxes and cards come of it.

use super::line::{SystemLine, code_of, settled};
use super::server::Server;
use super::state::{Change, JOBS, STEPS, json};
use super::{serial_of, struck};
use kaguan_api::bank::Batches;
use kaguan_api::blank::{self, BlankOrders};
use kaguan_api::vendor as wire;
use kaguan_service::clock::TimeSource;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Pre-made cards in one box.
const BOX: usize = 200;

/// What becomes of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Fate {
    /// A card in this box.
    Made(usize),
    /// No card.
    Failed,
    /// No card: the photo that was announced is not there, or is no JPEG.
    NoPhoto,
    /// A card, of which a field is changed that must not be: it lies in no box, and names this one if there is one.
    Changed(Option<usize>),
}

/// A box of the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Planned {
    number: String,
    outlet: String,
    employer: Option<String>,
    cards: i64,
}

/// The plan of a batch or an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Job {
    /// Where the system has it.
    base: String,
    /// Pre-made cards.
    blanks: bool,
    boxes: Vec<Planned>,
    rows: BTreeMap<String, Fate>,
}

/// How far a plan is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
struct Steps {
    packed: usize,
    closed: bool,
    delivered: usize,
}

/// The vendor's work, for ever.
pub(super) async fn work(code: &str, server: &Server, line: &SystemLine) -> anyhow::Result<()> {
    let mut looked = HashMap::new();
    loop {
        if !server.dice.trouble().outage {
            round(code, server, line, &mut looked).await?;
        }
        line.rest(&server.bell).await;
    }
}

async fn round(
    code: &str,
    server: &Server,
    line: &SystemLine,
    looked: &mut HashMap<String, bool>,
) -> anyhow::Result<()> {
    let new = |id: &str| server.state.get::<Job>(JOBS, id).map(|known| known.is_none());
    let list = line.get::<Batches>("/api/vendor/v1/batches").await;
    let mut batches = list.map(|l| l.batches).unwrap_or_default();
    line.mix(&mut batches);
    for batch in batches {
        let id = format!("batch-{}", batch.batch);
        if new(&id)?
            && let Some(job) = plan(code, server, line, &batch.batch, looked).await
        {
            server.state.commit(&[(JOBS, id, Some(json(&job)))])?;
        }
    }
    let list = line.get::<BlankOrders>("/api/vendor/v1/blank-orders").await;
    let mut orders = list.map(|l| l.orders).unwrap_or_default();
    line.mix(&mut orders);
    for order in orders {
        if order.ended.is_some() {
            destroy(server, line, &order).await?;
            continue;
        }
        if order.findings.is_some() {
            // What a machine made is right: it says that it looked.
            let close = format!("/api/vendor/v1/blank-orders/{}/close", order.order);
            let _ = line.call("POST", &close, None, Vec::new()).await;
            continue;
        }
        let id = format!("order-{}", order.order);
        if new(&id)?
            && let Some(job) = plan_blanks(code, server, line, &order).await
        {
            server.state.commit(&[(JOBS, id, Some(json(&job)))])?;
        }
    }
    let mut jobs = server.state.all::<Job>(JOBS)?;
    line.mix(&mut jobs);
    for (id, job) in jobs {
        // What could not be finished goes on in the next round.
        carry_out(server, line, &id, &job).await?;
    }
    Ok(())
}

/// Destroys what it has of an order that was ended, box by box, and says then that it knows. What is not heard is said again in the next round.
async fn destroy(server: &Server, line: &SystemLine, order: &blank::BlankOrder) -> anyhow::Result<()> {
    let base = format!("/api/vendor/v1/blank-orders/{}", order.order);
    let id = format!("order-{}", order.order);
    let job = server.state.get::<Job>(JOBS, &id)?;
    for b in job.iter().flat_map(|job| &job.boxes) {
        let none = json(&blank::PackBlanks { number: b.number.clone(), cards: 0 });
        let _ =
            line.call("POST", &format!("{base}/boxes"), Some(&format!("destroyed-{}", b.number)), none).await;
    }
    if done(line, &format!("{base}/close"), None, Vec::new(), "").await {
        let over: [Change; 2] = [(JOBS, id.clone(), None), (STEPS, id, None)];
        server.state.commit(&over)?;
    }
    Ok(())
}

/// Whether a row fails, or is changed, on a bad day.
fn fate_of(server: &Server, row: &str) -> Option<Fate> {
    let trouble = server.dice.trouble();
    if struck(row, 0.0, trouble.refuse) {
        return Some(Fate::Failed);
    }
    struck(row, trouble.refuse, trouble.changed_field).then_some(Fate::Changed(None))
}

async fn plan(
    code: &str,
    server: &Server,
    line: &SystemLine,
    batch: &str,
    looked: &mut HashMap<String, bool>,
) -> Option<Job> {
    let base = format!("/api/vendor/v1/batches/{batch}");
    let data: Vec<wire::ProductionRow> = line.rows(&format!("{base}/production-data")).await?;
    let mut all_looked = true;
    for row in data.iter().filter(|row| row.photo) {
        let photo = format!("{base}/photos/{}", row.data.row);
        if looked.contains_key(&photo) {
            continue;
        }
        match line.call("GET", &photo, None, Vec::new()).await.filter(settled) {
            // Refused is settled too: asked again, the system would say the same.
            Some(reply) => {
                looked.insert(photo, reply.status == 200 && reply.body.starts_with(&[0xFF, 0xD8, 0xFF]));
            }
            None => all_looked = false,
        }
    }
    if !all_looked {
        return None;
    }
    let place = |row: &wire::ProductionRow| (row.outlet.clone(), row.employer.clone());
    let fate = |row: &wire::ProductionRow| {
        let photo = looked.get(&format!("{base}/photos/{}", row.data.row));
        if photo == Some(&false) { Some(Fate::NoPhoto) } else { fate_of(server, &row.data.row) }
    };
    let mut places: BTreeMap<_, i64> = BTreeMap::new();
    for row in data.iter().filter(|row| fate(row).is_none()) {
        *places.entry(place(row)).or_default() += 1;
    }
    let at: BTreeMap<_, _> = places.keys().cloned().zip(0..).collect();
    let rows = data.iter().filter_map(|row| {
        let r#box = at.get(&place(row)).copied();
        let fate = match fate(row) {
            None => Fate::Made(r#box?),
            Some(Fate::Changed(_)) => Fate::Changed(r#box),
            Some(other) => other,
        };
        Some((row.data.row.clone(), fate))
    });
    let rows = rows.collect();
    looked.retain(|photo, _| !photo.starts_with(&format!("{base}/")));
    let boxes = (1..).zip(places).map(|(n, ((outlet, employer), cards))| Planned {
        number: format!("{code}-{batch}-{n:03}"),
        outlet,
        employer,
        cards,
    });
    Some(Job { boxes: boxes.collect(), base, blanks: false, rows })
}

async fn plan_blanks(
    code: &str,
    server: &Server,
    line: &SystemLine,
    order: &blank::BlankOrder,
) -> Option<Job> {
    let base = format!("/api/vendor/v1/blank-orders/{}", order.order);
    let data: Vec<blank::MakingRow> = line.rows(&format!("{base}/making-data")).await?;
    let fate = |row: &blank::MakingRow| fate_of(server, &row.card.row);
    let good = data.iter().filter(|row| fate(row).is_none()).count();
    let boxes: Vec<_> = (0..good.div_ceil(BOX))
        .map(|n| Planned {
            number: format!("{code}-{}-{:03}", order.number, n + 1),
            outlet: String::new(),
            employer: None,
            cards: (good - n * BOX).min(BOX) as i64,
        })
        .collect();
    let mut made = 0;
    let rows = data.iter().map(|row| {
        let fate = match fate(row) {
            None => {
                made += 1;
                Fate::Made((made - 1) / BOX)
            }
            Some(Fate::Changed(_)) => Fate::Changed((!boxes.is_empty()).then_some(0)),
            Some(other) => other,
        };
        (row.card.row.clone(), fate)
    });
    let rows = rows.collect();
    Some(Job { base, blanks: true, boxes, rows })
}

impl Job {
    fn result(&self, row: &str, today: &str) -> wire::ProductionResult {
        let serial = serial_of(row);
        let in_box = match self.rows.get(row) {
            Some(Fate::Made(n) | Fate::Changed(Some(n))) => self.boxes.get(*n),
            _ => None,
        };
        match in_box {
            Some(b) => wire::ProductionResult::Made {
                chip: format!("440100D156000005{serial:016X}"),
                reset: format!("00814E4323{serial:016X}"),
                made_on: today.into(),
                r#box: b.number.clone(),
            },
            None => {
                let (code, reason) = match self.rows.get(row) {
                    Some(Fate::NoPhoto) => ("PHOTO01", "相片缺失或者不是JPEG图像"),
                    _ => ("CHIP09", "芯片个人化失败"),
                };
                wire::ProductionResult::Failed { code: code.into(), reason: reason.into() }
            }
        }
    }

    /// The card number that comes back: what the vendor got, or something else.
    fn echoed(&self, row: &str, card_no: String) -> String {
        if matches!(self.rows.get(row), Some(Fate::Changed(_))) { "A00000000".into() } else { card_no }
    }

    /// The rows of the return: those that still wait.
    async fn returns(&self, line: &SystemLine) -> Option<Vec<Vec<u8>>> {
        let today = TimeSource::Machine.now().date().to_string();
        if self.blanks {
            let rows: Vec<blank::MakingRow> = line.rows(&format!("{}/making-data", self.base)).await?;
            let back = |mut echo: blank::MakingRow| {
                let result = self.result(&echo.card.row, &today);
                echo.card.card_no = self.echoed(&echo.card.row, echo.card.card_no);
                json(&blank::MakingReturn { echo, result })
            };
            return Some(rows.into_iter().map(back).collect());
        }
        let rows: Vec<wire::ProductionRow> = line.rows(&format!("{}/production-data", self.base)).await?;
        let back = |row: wire::ProductionRow| {
            let mut echo = row.data;
            let result = self.result(&echo.row, &today);
            echo.card_no = self.echoed(&echo.row, echo.card_no);
            let (details, bank_card_no) = (Some(row.details), row.bank_card_no);
            json(&wire::ProductionReturn { echo, details, bank_card_no, result })
        };
        Some(rows.into_iter().map(back).collect())
    }

    fn pack(&self, b: &Planned) -> Vec<u8> {
        if self.blanks {
            return json(&blank::PackBlanks { number: b.number.clone(), cards: b.cards });
        }
        json(&wire::PackBox {
            number: b.number.clone(),
            outlet: b.outlet.clone(),
            employer: b.employer.clone(),
            cards: b.cards,
        })
    }

    fn deliver(&self, b: &Planned) -> Vec<u8> {
        let (responsible, tracking) = ("卡商发货员".to_owned(), format!("V{}", b.number));
        let number = b.number.clone();
        if self.blanks {
            return json(&blank::DeliverBlanks {
                number,
                to: None,
                responsible,
                tracking,
                manner: String::new(),
            });
        }
        json(&wire::Deliver { number, responsible, manner: "专车".into(), tracking, to: None })
    }
}

/// Does something; it is done as well when the system says that it was done before.
async fn done(line: &SystemLine, path: &str, key: Option<&str>, body: Vec<u8>, before: &str) -> bool {
    let Some(reply) = line.call("POST", path, key, body).await else { return false };
    reply.status == 200 || code_of(&reply).as_deref() == Some(before)
}

async fn carry_out(server: &Server, line: &SystemLine, id: &str, job: &Job) -> anyhow::Result<()> {
    let base = &job.base;
    let mut steps = server.state.get::<Steps>(STEPS, id)?.unwrap_or_default();
    let keep = |steps: &Steps| server.state.commit(&[(STEPS, id.to_owned(), Some(json(steps)))]);
    for b in job.boxes.iter().skip(steps.packed) {
        let key = format!("pack-{}", b.number);
        if !done(line, &format!("{base}/boxes"), Some(&key), job.pack(b), "number_taken").await {
            return Ok(());
        }
        steps.packed += 1;
        keep(&steps)?;
    }
    if !steps.closed {
        let Some(rows) = job.returns(line).await else { return Ok(()) };
        if !rows.is_empty() {
            let path = if job.blanks { "making-returns" } else { "production-returns" };
            let key = format!("made-{}-{}", serial_of(id), super::now_ms());
            if !done(line, &format!("{base}/{path}"), Some(&key), line.body(rows), "").await {
                return Ok(());
            }
        }
        // Refused while rows are outstanding; the next round answers those.
        if !done(line, &format!("{base}/close"), None, Vec::new(), "wrong_stage").await {
            return Ok(());
        }
        steps.closed = true;
        keep(&steps)?;
    }
    for b in job.boxes.iter().skip(steps.delivered) {
        let key = format!("deliver-{}", b.number);
        if !done(line, &format!("{base}/deliveries"), Some(&key), job.deliver(b), "not_the_keeper").await {
            return Ok(());
        }
        steps.delivered += 1;
        keep(&steps)?;
    }
    let over: [Change; 2] = [(JOBS, id.to_owned(), None), (STEPS, id.to_owned(), None)];
    server.state.commit(&over)
}

/// How many batches and orders the vendor has not finished, for whoever tests.
pub(super) fn unfinished(server: &Server) -> usize {
    server.state.all::<Job>(JOBS).map_or(usize::MAX, |jobs| jobs.len())
}
