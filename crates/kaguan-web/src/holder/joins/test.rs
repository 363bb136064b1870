//! 档案合并.

use crate::{Desk, value};
use kaguan_domain::cancellation::RecordAccountClosed;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BankCode, CardId, CityCode, HolderId, VendorCode};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::ReportTemporary;
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_5_5_two_officers_join_two_files_in_the_browser_and_take_them_apart_again() {
    clause!(R5.5);
    let w = World::new(On::Memory).await;
    let (a, card) = w.with_card(1).await;
    let (b, _) = w.with_card(2).await;
    w.service.deliver().await.unwrap();
    let number = |n| w.draft(n).document_number;
    let one = Desk::of(&w, "one", Role::CityOfficer, "44010000000001").await;
    let two = Desk::of(&w, "two", Role::CityOfficer, "44010000000001").await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    assert!(one.get("/").await.contains("档案合并"));
    assert!(!clerk.get("/").await.contains("档案合并"));
    assert!(clerk.get("/joins").await.contains("无权"));
    let wrong = one.post("/joins", &[("stays", &number(1)), ("other", "123")]).await;
    assert!(wrong.contains("《经办规程》第35条"), "{wrong}");
    let same = one.post("/joins", &[("stays", &number(1)), ("other", &number(1))]).await;
    assert!(!same.contains("提出合并</button>") && same.contains("同一份档案"), "{same}");
    let both = one.post("/joins", &[("stays", "123"), ("other", "456")]).await;
    assert!(both.contains("保留的档案：") && both.contains("并入的档案："), "both at once: {both}");
    let none = one.post("/joins", &[("stays", ""), ("other", " ")]).await;
    for which in ["保留的档案", "并入的档案"] {
        assert!(none.contains(&format!("{which}：社会保障号码：请填写")), "{none}");
    }
    assert!(!none.contains("不合规"), "{none}");
    let page = one.post("/joins", &[("stays", &number(1)), ("other", &number(2))]).await;
    assert!(!page.contains(&number(1)) && !page.contains(&number(2)), "masked");
    assert_eq!(
        value(&page, "name=\"keep\" required><option value=\"\"></option><option"),
        card.0.to_string()
    );
    let (holder, other, keep) = (a.0.to_string(), b.0.to_string(), card.0.to_string());
    let pair = [("holder", holder.as_str()), ("other", other.as_str())];
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
        pair.iter().chain(more).map(|(k, v)| (*k, (*v).to_owned())).collect()
    };
    let post = async |desk: &Desk, path: &str, fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        desk.post(path, &fields).await
    };
    let page = post(&one, "/joins/propose", with(&[("reason", "同一人")])).await;
    assert!(page.contains("须选定保留哪一张"), "{page}");
    let mut proposal = with(&[("reason", "两证相片一致")]);
    proposal.push(("keep", keep));
    let page = post(&one, "/joins/propose", proposal).await;
    assert!(page.contains("合并已提出") && page.contains("两证相片一致"), "{page}");
    assert!(page.contains("提出人不能审核自己提出的档案合并") && !page.contains("不同意的理由"), "{page}");
    // The other officer finds it in the list; nobody of another city does.
    let elsewhere = Desk::of(&w, "elsewhere", Role::CityOfficer, "44030000000001").await;
    assert!(elsewhere.get("/joins").await.contains("没有待审核的合并"));
    let list = two.get("/joins").await;
    assert!(list.contains(&holder) && list.contains("查看") && !list.contains(">撤销合并</td>"), "{list}");
    let mut forms = Vec::new();
    for id in [a, b] {
        forms.push(w.file(id).await.0.applications[0].form_no.clone());
    }
    assert!(forms.iter().all(|form| list.contains(form)), "{forms:?} in {list}");
    let page = post(&two, "/joins/look", with(&[])).await;
    assert!(page.contains(">同意<") && !page.contains("现在不能提出合并"), "{page}");
    let page = post(&two, "/joins/decide", with(&[("approved", "yes")])).await;
    assert!(page.contains("没有审核") && page.contains(">同意<"), "{page}");
    let page = post(&two, "/joins/decide", with(&[("approved", "yes"), ("sure", "1")])).await;
    assert!(page.contains("已审核同意") && page.contains("一人一卡清理"), "{page}");
    assert!(two.get("/joins").await.contains("没有待审核的合并"));
    // The second number leads to the first file; there it is undone.
    let page = two.post("/joins", &[("stays", &number(2)), ("other", &number(1))]).await;
    assert!(page.contains("已合并") && page.contains("提出撤销合并"), "{page}");
    let page = post(&two, "/joins/undo", with(&[("reason", "系双胞胎")])).await;
    assert!(page.contains("撤销已提出") && page.contains("系双胞胎"), "{page}");
    // The list says that it is to be undone, and which form goes where; whoever finds the pair by its numbers decides as well.
    let list = one.get("/joins").await;
    assert!(list.contains(">撤销合并</td>") && forms.iter().all(|form| list.contains(form)), "{list}");
    for numbers in [[1, 2], [2, 1], [2, 2]] {
        let [stays, other] = numbers.map(number);
        let page = one.post("/joins", &[("stays", &stays), ("other", &other)]).await;
        assert!(page.contains("其中有撤销合并待审核") && page.contains(">同意<"), "{numbers:?}: {page}");
        assert!(!page.contains("现在不能同意"), "{numbers:?}: {page}");
    }
    let page = post(&one, "/joins/decide", with(&[("approved", "no")])).await;
    assert!(page.contains("须写明不同意的理由"), "{page}");
    let page = post(&one, "/joins/decide", with(&[("approved", "yes"), ("sure", "1")])).await;
    assert!(page.contains("已撤销合并"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_5_5_whoever_decides_an_undoing_reads_what_each_file_has_and_a_death_goes_with_its_number() {
    clause!(R5.5);
    clause!(R32.5);
    let w = World::new(On::Memory).await;
    let (a, card) = w.with_card(1).await;
    let (b, cleaned) = w.with_card(2).await;
    w.service.deliver().await.unwrap();
    let number = |n| w.draft(n).document_number;
    let one = Desk::of(&w, "one", Role::CityOfficer, "44010000000001").await;
    let two = Desk::of(&w, "two", Role::CityOfficer, "44010000000001").await;
    let (holder, other, keep) = (a.0.to_string(), b.0.to_string(), card.0.to_string());
    let about = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        let pair = [("holder", holder.as_str()), ("other", other.as_str())];
        pair.iter().chain(more).map(|(k, v)| (*k, (*v).to_owned())).collect()
    };
    let post = async |desk: &Desk, path: &str, fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        desk.post(path, &fields).await
    };
    let yes = [("approved", "yes"), ("sure", "1")];
    post(&one, "/joins/propose", about(&[("reason", "两证相片一致"), ("keep", &keep)])).await;
    post(&two, "/joins/decide", about(&yes)).await;
    // Why its undoing cannot be proposed is told, and by the rule.
    let clerk = w.officer(w.bank_outlet()).await;
    let lose = HolderCommand::ReportTemporaryLoss(ReportTemporary {
        card,
        identity: None,
        verified: true,
        deputy: None,
    });
    w.about(&clerk, a, lose).await.unwrap();
    let page = post(&one, "/joins", vec![("stays", number(1)), ("other", number(2))]).await;
    assert!(page.contains("现在不能提出撤销合并：") && page.contains("银行尚未答复"), "{page}");
    assert!(!page.contains("提出撤销合并</button>"), "{page}");
    let (file, _) = w.file(a).await;
    let intent = file.card(card).unwrap().intents.last().unwrap().seq;
    let answer = AnswerIntent { card, seq: intent, answer: BankAnswer::Done };
    let bank = Actor::Bank(file.card(card).unwrap().bank.clone());
    w.about(&bank, a, HolderCommand::AnswerIntent(answer)).await.unwrap();
    // The bank closes the account of the cleaned card.
    let closed = HolderCommand::RecordAccountClosed(RecordAccountClosed::by_bank(cleaned));
    w.about(&bank, a, closed).await.unwrap();
    // Both registers wrote of the second number.
    for source in ["public_security", "social_security"] {
        let paper = [("number", number(2)), ("source", source.into()), ("evidence", "函1号".into())];
        let page = post(&one, "/deaths/mark", paper.to_vec()).await;
        assert!(page.contains("已登记一个来源") || page.contains("死亡已核实"), "{page}");
    }
    let page = post(&one, "/joins", vec![("stays", number(1)), ("other", number(2))]).await;
    assert!(page.contains("归还的死亡登记") && !page.contains("留下的死亡登记"), "{page}");
    assert!(page.contains("提出撤销合并</button>"), "{page}");
    post(&two, "/joins/undo", about(&[("reason", "系双胞胎")])).await;
    let page = post(&one, "/joins/look", about(&[])).await;
    for told in ["归还的社会保障号码", "归还的社保卡", "归还的死亡登记"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for told in ["解除一人一卡清理后仍不能使用的卡", "（死亡已核实）", "提出时间"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    // The cleaned card is of the dead: it does not work again, and no other is made for it.
    for untold in ["恢复使用的卡", "须换卡", "须办理换卡"] {
        assert!(!page.contains(untold), "{untold}: {page}");
    }
    assert!(!page.contains("没有保留的卡随即停用") && !page.contains(&number(2)), "{page}");
    let page = post(&one, "/joins/decide", about(&[("approved", "yes")])).await;
    assert!(page.contains("须勾选已核对") && page.contains("《经办规程》第5条"), "{page}");
    assert!(page.contains("id=\"why-sure\""), "{page}");
    let page = post(&one, "/joins/decide", about(&yes)).await;
    assert!(page.contains("已撤销合并") && !page.contains("须办理换卡"), "{page}");
    let (first, second) = (w.file(a).await.0, w.file(b).await.0);
    assert!(!first.death_confirmed() && second.death_confirmed());
    assert!(second.cards[0].holds.contains(&Hold::DeathConfirmed));
    assert!(!first.cards[0].holds.contains(&Hold::DeathConfirmed));
    w.verified().await;
}

/// A person with a card of Shenzhen, whose form is 4403JOIN and the number.
async fn of_shenzhen(w: &World, n: u32) -> (HolderId, CardId) {
    let mut apply = w.apply(n, w.org("44030300000101"));
    apply.draft.form_no = format!("4403JOIN{n}");
    let id = w.takes_in(n, apply).await;
    let (city, bank) = (CityCode("4403".into()), BankCode("95588".into()));
    let (batch, _) = w.service.screen(&Actor::System, &city, &bank, false).await.unwrap();
    w.batch(&Actor::System, batch, BatchCommand::Confirm).await.unwrap();
    Bank::new("95588", BadDay::default()).work(&w.service).await.unwrap();
    let vendor = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, vendor).await.unwrap();
    Vendor::new("1", BadDay::default()).work(&w.service).await.unwrap();
    w.service.deliver().await.unwrap();
    (id, w.card_of(id).await)
}

#[tokio::test]
async fn art_6_1_another_city_exchanges_both_files_sees_what_is_proposed_and_hears_that_its_card_stopped() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let (a, card) = w.with_card(1).await;
    w.with_card(3).await;
    let (b, _) = of_shenzhen(&w, 2).await;
    let number = |n| w.draft(n).document_number;
    let one = Desk::of(&w, "one", Role::CityOfficer, "44010000000001").await;
    let two = Desk::of(&w, "two", Role::CityOfficer, "44010000000001").await;
    let theirs = Desk::of(&w, "theirs", Role::CityOfficer, "44030000000001").await;
    // Its own file in the wrong field.
    let both = [("stays", &*number(1)), ("other", &*number(2))];
    let page = theirs.post("/joins", &both).await;
    for said in ["保留的档案归广州市，并入的档案归深圳市", "对调两份档案</button>"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let (holder, other, keep) = (a.0.to_string(), b.0.to_string(), card.0.to_string());
    let pair = [("holder", holder.as_str()), ("other", other.as_str())];
    let exchanged = [("holder", other.as_str()), ("other", holder.as_str())];
    let page = theirs.post("/joins/look", &exchanged).await;
    assert!(page.contains("提出合并</button>") && !page.contains("现在不能提出合并"), "{page}");
    // Guangzhou proposes: Shenzhen sees it, and has nothing to decide.
    one.post("/joins/propose", &[&pair[..], &[("reason", "两证相片一致"), ("keep", &keep)]].concat()).await;
    let list = theirs.get("/joins").await;
    assert!(list.contains("4403JOIN2") && list.contains(">广州市</td>"), "{list}");
    let home = theirs.get("/").await;
    assert!(home.contains("由外市审核、涉及本市档案的合并") && !home.contains("待审核的档案合并"), "{home}");
    let page = theirs.post("/joins/look", &pair).await;
    assert!(page.contains("该合并由广州市卡管机构提出和审核") && page.contains("两证相片一致"), "{page}");
    assert!(!page.contains(">同意<") && !page.contains("不同意的理由"), "{page}");
    let home = two.get("/").await;
    assert!(home.contains("待审核的档案合并") && !home.contains("涉及本市档案的合并"), "{home}");
    // Whoever opens either file of it is told, in either city, and who decides.
    let file = async |desk: &Desk, n| desk.post("/people", &[("number", &*number(n))]).await;
    let decides = "由广州市卡管机构在“档案合并”审核";
    for desk in [&theirs, &two] {
        let page = file(desk, 2).await;
        assert!(page.contains("提出将本档案并入另一份档案") && page.contains(decides), "{page}");
    }
    let page = file(&two, 1).await;
    assert!(page.contains("提出将另一份档案并入本档案") && page.contains(decides), "{page}");
    assert!(!file(&two, 3).await.contains(decides));
    let agreed = [&pair[..], &[("approved", "yes"), ("sure", "1")]].concat();
    assert!(theirs.post("/joins/decide", &agreed).await.contains("不在本机构管辖范围内"));
    let page = two.post("/joins/decide", &agreed).await;
    assert!(page.contains("已审核同意"), "{page}");
    assert!(!file(&two, 1).await.contains(decides));
    // It hears that its card stopped, by whom, and why; nobody of Guangzhou is told of the own card.
    let list = theirs.get("/joins").await;
    assert!(list.contains("外市办理合并、本市的卡停用") && list.contains("4403JOIN2"), "{list}");
    assert!(theirs.get("/").await.contains("七天内因外市办理合并停用的本市的卡"));
    assert!(!two.get("/joins").await.contains("本市的卡停用"));
    let page = theirs.post("/joins/look", &pair).await;
    assert!(page.contains("已合并") && page.contains("一人一卡清理"), "{page}");
    assert!(page.contains("现在不能提出撤销合并") && page.contains("与该市或省卡管机构联系"), "{page}");
    // The file is Guangzhou's as before: it joins the next one, and Shenzhen does not.
    let both = [("stays", &*number(1)), ("other", &*number(3))];
    let page = one.post("/joins", &both).await;
    assert!(page.contains("提出合并</button>") && !page.contains("现在不能提出合并"), "{page}");
    let page = theirs.post("/joins", &both).await;
    assert!(page.contains("保留的档案归广州市") && !page.contains("对调两份档案</button>"), "{page}");
    assert!(!page.contains("提出合并</button>"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn appendix_10_1_only_a_card_that_may_stay_is_offered_when_two_files_are_joined() {
    clause!(X10.1);
    let w = World::new(On::Memory).await;
    let (_, kept) = w.with_card(1).await;
    // The second file has a card of Shenzhen.
    let (_, elsewhere) = of_shenzhen(&w, 2).await;
    let number = |n| w.draft(n).document_number;
    let one = Desk::of(&w, "one", Role::CityOfficer, "44010000000001").await;
    let page = one.post("/joins", &[("stays", &number(1)), ("other", &number(2))]).await;
    let offered = |card: i64| page.contains(&format!("<option value=\"{card}\""));
    assert!(offered(kept.0) && !offered(elsewhere.0), "{page}");
    assert!(page.contains("其他卡不能保留（一人一卡：须保留本市发行的卡）"), "{page}");
}

#[tokio::test]
async fn art_32_5_what_relatives_stated_of_one_file_is_seen_on_the_joined_file_and_goes_back() {
    clause!(R32.5);
    let w = World::new(On::Memory).await;
    let (a, card) = w.with_card(1).await;
    let (b, _) = w.with_card(2).await;
    w.service.deliver().await.unwrap();
    let number = |n| w.draft(n).document_number;
    let one = Desk::of(&w, "one", Role::CityOfficer, "44010000000001").await;
    let two = Desk::of(&w, "two", Role::CityOfficer, "44010000000001").await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    let state = [("number", &*number(2)), ("relation", "配偶"), ("evidence", "死亡证明8号")];
    let page = clerk.post("/deaths/state", &state).await;
    assert!(page.contains("标为疑似死亡"), "{page}");
    let (holder, other, keep) = (a.0.to_string(), b.0.to_string(), card.0.to_string());
    let pair = [("holder", holder.as_str()), ("other", other.as_str())];
    let agree = async |desk: &Desk| {
        let page =
            desk.post("/joins/decide", &[&pair[..], &[("approved", "yes"), ("sure", "1")]].concat()).await;
        assert!(page.contains("已审核同意"), "{page}");
    };
    let file = async |which: &str| clerk.post("/people", &[("holder", which)]).await;
    let said = "疑似死亡：配偶申报";
    assert!(file(&other).await.contains(said) && !file(&holder).await.contains(said));
    one.post("/joins/propose", &[&pair[..], &[("reason", "两证相片一致"), ("keep", &keep)]].concat()).await;
    agree(&two).await;
    let joined = file(&holder).await;
    assert!(joined.contains(said) && joined.contains("死亡证明8号"), "{joined}");
    assert!(joined.contains("疑似死亡待核实") && !joined.contains(&number(2)), "{joined}");
    // The same is not stated again; of the other number it may be.
    let again = clerk.post("/deaths/state", &state).await;
    assert!(again.contains("无需重复申报"), "{again}");
    let page = two.post("/joins/undo", &[&pair[..], &[("reason", "系双胞胎")]].concat()).await;
    assert!(page.contains("归还的死亡登记") && page.contains("配偶申报"), "{page}");
    assert!(!page.contains("留下的死亡登记"), "{page}");
    agree(&one).await;
    assert!(file(&other).await.contains(said) && !file(&holder).await.contains(said));
    let holds = async |id| w.file(id).await.0.cards[0].holds.contains(&Hold::SuspectedDeath);
    assert!(holds(b).await && !holds(a).await);
    w.verified().await;
}

#[tokio::test]
async fn art_32_5_a_joining_says_whose_death_stops_which_card_and_a_restoration_is_of_one_number() {
    clause!(R32.5);
    clause!(R33.1);
    let w = World::new(On::Memory).await;
    let (a, card) = w.with_card(1).await;
    let (b, _) = w.with_card(2).await;
    w.service.deliver().await.unwrap();
    let number = |n| w.draft(n).document_number;
    let one = Desk::of(&w, "one", Role::CityOfficer, "44010000000001").await;
    let two = Desk::of(&w, "two", Role::CityOfficer, "44010000000001").await;
    let clerk = Desk::of(&w, "clerk", Role::HrClerk, "44010600000101").await;
    let state = [("number", &*number(2)), ("relation", "配偶"), ("evidence", "死亡证明8号")];
    clerk.post("/deaths/state", &state).await;
    for source in ["public_security", "social_security"] {
        one.post("/deaths/mark", &[("number", &*number(2)), ("source", source), ("evidence", "函1号")]).await;
    }
    let (holder, other, keep) = (a.0.to_string(), b.0.to_string(), card.0.to_string());
    let pair = [("holder", holder.as_str()), ("other", other.as_str())];
    let proposal = [&pair[..], &[("reason", "两证相片一致"), ("keep", &keep)]].concat();
    let agreed = [&pair[..], &[("approved", "yes"), ("sure", "1")]].concat();
    // Said before it is proposed, and before it is agreed to.
    let page = one.post("/joins", &[("stays", &*number(1)), ("other", &*number(2))]).await;
    for said in ["须先核实的死亡", "保留的卡也随即停用", "并入档案的死亡登记和申报"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    one.post("/joins/propose", &proposal).await;
    let page = two.post("/joins/look", &pair).await;
    for said in ["须先核实的死亡", "合并后各卡的状态", "现在能用、合并后随即停用的卡"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("没有保留的卡随即停用") && !page.contains(&number(2)), "{page}");
    two.post("/joins/decide", &agreed).await;
    assert!(w.file(a).await.0.death_confirmed());
    // Whoever comes is the first: nobody said anything of that number, and the other's death stands.
    let alive = async |n| {
        let said = [("number", &*number(n)), ("evidence", "本人到场")];
        clerk.post("/deaths/restore", &said).await
    };
    let page = alive(1).await;
    assert!(page.contains("没有死亡登记或申报") && page.contains("撤销档案合并"), "{page}");
    assert!(page.contains("id=\"why-number\"") && w.file(a).await.0.death_confirmed(), "{page}");
    // Of both something was said: the own is over, and what stands is told.
    one.post(
        "/deaths/mark",
        &[("number", &*number(1)), ("source", "public_security"), ("evidence", "函2号")],
    )
    .await;
    let page = alive(1).await;
    assert!(page.contains("已恢复所填号码的生存状态；合并的另一号码死亡已核实"), "{page}");
    two.post("/joins/undo", &[&pair[..], &[("reason", "系双胞胎")]].concat()).await;
    let page = one.post("/joins/decide", &agreed).await;
    assert!(page.contains("已撤销合并"), "{page}");
    let (first, second) = (w.file(a).await.0, w.file(b).await.0);
    assert!(!first.death_confirmed() && first.cards[0].holds.is_empty());
    assert!(second.death_confirmed() && second.cards[0].holds.contains(&Hold::DeathConfirmed));
    // Its own number alone, once the files are two.
    let page = alive(2).await;
    assert!(page.contains("已恢复生存状态"), "{page}");
    assert!(!w.file(b).await.0.death_confirmed());
    // Proposed again, the one that was undone has nothing to decide or undo.
    w.service.deliver().await.unwrap();
    one.post("/joins/propose", &proposal).await;
    let page = two.post("/joins/look", &pair).await;
    assert!(page.contains("已撤销合并") && page.contains("合并待审核"), "{page}");
    assert_eq!(page.matches("action=\"/joins/decide").count(), 2, "{page}");
    two.post("/joins/decide", &agreed).await;
    let page = two.post("/joins/look", &pair).await;
    assert_eq!(page.matches("action=\"/joins/undo").count(), 1, "{page}");
    assert_eq!(page.matches("撤销合并后两份档案各有什么").count(), 1, "{page}");
    w.verified().await;
}
