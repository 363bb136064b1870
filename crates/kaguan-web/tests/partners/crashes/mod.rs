//! R36.3 with plugs pulled everywhere: two clerks at two desks make cards while servers die or are taken over, agents are ended in the midst
//! of a job, chips lose their power at a command, printers stop, cards are carried to the other desk and mixed up. Each card ends as one of
//! three: a blank in stock, spoiled and in the bin, good and in somebody's hand. A short version here; a thousand runs with `KAGUAN_LONG=1`.

mod clerk;
mod office;
mod servers;

use clerk::{Clerk, Ended, Habits};
use kaguan_domain::clause;
use kaguan_domain::ctx::Channel;
use kaguan_domain::instant::{BlankCommand, Spoil};
use kaguan_service::{Command, Service};
use office::{Lies, Office};
use servers::{End, store};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The same numbers for the same seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn signed(&mut self, n: u64) -> i64 {
        i64::try_from(self.below(n)).unwrap()
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// What goes wrong in a run; each kind by itself in turn, so that a short run has all.
fn goes_wrong(office: &Office, dice: &mut Dice, kind: u64) -> String {
    let desk = usize::try_from(dice.below(2)).unwrap();
    match kind {
        0 => {
            let (call, after) = (dice.signed(17), dice.below(2) == 1);
            office.desks[desk].plug.set(call, after);
            format!("agent {desk} ends {} call {call}", if after { "after" } else { "before" })
        }
        1 => {
            let end = dice.pick(&[End::Before, End::Unheard, End::After]);
            let (request, later) = (dice.signed(90), dice.pick(&[0, 0, 1, 3, 10, 30]));
            office.servers.doom.set(request, end, later);
            format!("server ends {end:?} at request {request}, {later} ms later")
        }
        2 => {
            let (command, carried_out) = (dice.below(150), dice.below(2) == 1);
            office.tears(desk, command, carried_out);
            format!("chip at desk {desk} loses its power at command {command}, carried out: {carried_out}")
        }
        3 => {
            let function = dice.pick(&[
                "iLoadCard",
                "iReadCardBas",
                "iWriteCard",
                "iWriteCaStep1",
                "iWriteCaStep2",
                "iPrint",
                "iPrint",
                "iPrint inside",
                "iPrint inside",
            ]);
            let how = dice.pick(&["-4", "after:-4", "-11", "after:-11", "-27010", "after:-27010", "-3"]);
            let how = if function == "iPrint inside" { "-4" } else { how };
            office.goes_wrong(desk, function, how);
            format!("{function} at desk {desk}: {how}")
        }
        _ => {
            let end = dice.pick(&[End::TakenOver, End::TakenOver, End::Agent]);
            let (request, later) = (dice.signed(90), dice.pick(&[0, 1, 5]));
            office.servers.doom.set(request, end, later);
            format!("{end:?} at request {request}, {later} ms later")
        }
    }
}

/// So many runs at one outlet; what became of the cards.
async fn runs(seed: u64, runs: usize) -> BTreeMap<String, usize> {
    let office = Office::with(u32::try_from(2 * runs + 1).unwrap()).await;
    let mut dice = Dice(seed);
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
    let (mut first, mut second) = (Clerk::at(&office, 0).await, Clerk::at(&office, 1).await);
    for run in 0..runs {
        let mut what = goes_wrong(&office, &mut dice, (run % 5) as u64);
        if dice.below(4) == 0 {
            let other = (run as u64 + 1 + dice.below(4)) % 5;
            what += " and ";
            what += &goes_wrong(&office, &mut dice, other);
        }
        let mut habits = || Habits {
            moves: (dice.below(3) == 0).then(|| 1 + dice.next() as u32 % 2),
            mixes: (dice.below(3) == 0).then(|| 1 + dice.next() as u32 % 2),
            gives_up: dice.pick(&[2, 3, 6, 6]),
        };
        let habits = [habits(), habits()];
        let what = format!("seed {seed} run {run}: {what}, {habits:?}");
        let people = &office.people[2 * run..2 * run + 2];
        (first.at, second.at) = (0, 1);
        first.told.clear();
        second.told.clear();
        let ended = {
            let making = async {
                let mine = async {
                    let ended = first.makes(people[0], habits[0]).await;
                    first.leaves().await;
                    ended
                };
                let theirs = async {
                    let ended = second.makes(people[1], habits[1]).await;
                    second.leaves().await;
                    ended
                };
                tokio::join!(mine, theirs)
            };
            let ended = tokio::time::timeout(std::time::Duration::from_secs(400), making).await;
            let (a, b) = ended.unwrap_or_else(|_| panic!("{what}: no end"));
            [a, b]
        };
        office.all_is_well();
        for n in 0..2 {
            first.at = n;
            first.tidies().await;
        }
        let told = format!("{what}: {:#?} {:#?}", first.told, second.told);
        office.is_in_order(&told, people).await;
        for end in ended {
            *sums.entry(format!("{end:?}")).or_default() += 1;
        }
        for (n, (holder, _)) in people.iter().enumerate() {
            let cards = office.file(*holder).await.cards.len();
            assert_eq!(cards, usize::from(ended[n] == Ended::Made), "{told}");
        }
    }
    let servers = office.servers.doom.happened.load(Ordering::SeqCst);
    let agents: u64 = office.desks.iter().map(|d| d.plug.pulled.load(Ordering::SeqCst)).sum();
    sums.insert("servers and agents ended from outside".into(), usize::try_from(servers).unwrap());
    sums.insert("agents ended in a job".into(), usize::try_from(agents).unwrap());
    for (name, n) in office.is_in_order("at the end", &office.people).await {
        sums.insert(format!("cards {name}"), n);
    }
    counted(&office, &mut dice).await;
    sums
}

/// The books sum to zero, and a card that is taken away is missing from one keeper at the next count.
async fn counted(office: &Office, dice: &mut Dice) {
    let report = office.truth.check().await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(report.balance, 0);
    let partners = office.world.around.partners();
    let service = Service::start(Arc::new(store(&office.url).await), office.world.clock.clone(), partners)
        .await
        .unwrap();
    let list = || {
        let lies = |at: &Lies| matches!(at, Lies::Box(_) | Lies::Slot(_));
        let all = office.places().into_iter().filter(|(_, at)| lies(at));
        all.map(|(chip, _)| chip).collect::<Vec<_>>()
    };
    let count = async |list: &[String]| {
        let ctx = service.ctx(office.keeper.clone(), Channel::Console, None);
        service.count_stock_by_list(ctx, office.order, crate::stock::BOX, &list.join("\n")).await.unwrap()
    };
    let mut all = list();
    let found = count(&all).await;
    assert!(found.missing.is_empty() && found.unknown.is_empty(), "{:?} {:?}", found.missing, found.unknown);
    let stolen = all.swap_remove(usize::try_from(dice.below(all.len() as u64)).unwrap());
    let found = count(&all).await;
    assert_eq!(found.missing.len(), 1, "{:?}", found.missing);
    let id = service.blank_in_hand(&office.keeper, &stolen).await.unwrap();
    assert_eq!(
        service.blank_in_hand(&office.keeper, &found.missing[0]).await.unwrap(),
        id,
        "it, at its keeper"
    );
    let ctx = service.ctx(office.keeper.clone(), Channel::Console, None);
    let missing =
        Spoil { org: office.outlet, reason: "盘点缺失".into(), missing: true, counted_at: None };
    let command = Command::Blank { id, command: BlankCommand::Spoil(missing) };
    service.execute(ctx, command).await.unwrap();
    assert!(count(&all).await.missing.is_empty());
    let report = service.store().check().await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!(report.balance, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn art_36_3_whatever_crashes_every_card_is_in_stock_or_spoiled_in_the_bin_or_good_in_its_holders_hand()
{
    clause!(R36.3);
    clause!(R36.1);
    let began = std::time::Instant::now();
    let seed = std::env::var("KAGUAN_SEED").ok().and_then(|s| s.parse().ok());
    let (lanes, each) = if std::env::var_os("KAGUAN_LONG").is_some() { (10, 100) } else { (1, 5) };
    let lanes = (0..lanes).map(|lane| runs(seed.unwrap_or(36) + lane, each));
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
    for lane in futures_util::future::join_all(lanes).await {
        lane.into_iter().for_each(|(what, n)| *sums.entry(what).or_default() += n);
    }
    println!("{sums:?} in {:?}", began.elapsed());
}
