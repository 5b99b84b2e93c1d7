//! What somebody has, believes, suffers.

use super::{Holder, Kind};

pub(in super::super) const BANK_ACCOUNT: Kind = Kind {
    what: "a bank account or card",
    claims: &["bankAccountVerified"],
    holder: Holder::TextOrNumber,
    phrases: &[
        (
            "en",
            "bankaccount bankaccountnumber bankaccountno accountnumber accountno iban creditcard creditcardnumber \
            debitcard debitcardnumber cardnumber cardno cvv cvc sortcode routingnumber",
        ),
        (
            "de",
            "kontonummer bankkonto bankverbindung kreditkarte kreditkartennummer kartennummer",
        ),
        (
            "fr",
            "numerocompte numerodecompte comptebancaire rib numerocarte numerodecarte cartebancaire",
        ),
        (
            "es",
            "cuentabancaria numerocuenta numerodecuenta tarjetacredito numerotarjeta clabe",
        ),
        (
            "pt",
            "contabancaria numeroconta numerodaconta cartaocredito numerocartao chavepix",
        ),
        (
            "it",
            "contobancario contocorrente numeroconto cartadicredito numerodiconto",
        ),
        ("nl", "bankrekening rekeningnummer bankrekeningnummer kaartnummer"),
        (
            "pl",
            "numerkonta nrkonta numerrachunku nrrachunku kontobankowe rachunekbankowy numerkarty",
        ),
        (
            "zh",
            "yinhangzhanghao yinhangzhanghu yinhangka yinhangkahao kahao",
        ),
        ("ja", "kozabango kouzabangou ginkokoza"),
        ("ko", "gyejwabeonho gyejwa kadeubeonho"),
        ("vi", "sotaikhoan sothe taikhoannganhang"),
        ("id", "nomorrekening norekening norek nomorkartu"),
    ],
};

pub(in super::super) const INCOME: Kind = Kind {
    what: "somebody's income or wealth",
    claims: &["incomeBand", "isAccreditedInvestor"],
    holder: Holder::TextOrNumber,
    phrases: &[
        (
            "en",
            "income annualincome monthlyincome grossincome netincome salary annualsalary wage wages networth \
            creditscore bankbalance accountbalance",
        ),
        (
            "de",
            "einkommen jahreseinkommen gehalt nettogehalt bruttogehalt vermoegen",
        ),
        ("fr", "revenu revenus salaire revenuannuel"),
        ("es", "ingresos ingresosanuales salario sueldo"),
        ("pt", "rendimento rendimentos renda rendamensal ordenado"),
        ("it", "reddito redditoannuo stipendio"),
        ("nl", "inkomen jaarinkomen salaris"),
        ("pl", "dochod dochody wynagrodzenie zarobki"),
        ("zh", "shouru nianshouru gongzi"),
        ("ja", "nenshu nenshuu kyuryo"),
        ("ko", "yeonbong sodeuk geupyeo"),
        ("vi", "thunhap luong"),
        ("id", "penghasilan gaji pendapatan"),
    ],
};

/// GDPR, article 9.
pub(in super::super) const CONVICTION: Kind = Kind {
    what: "an origin, a belief or an orientation",
    claims: &[],
    holder: Holder::Category,
    phrases: &[
        (
            "en",
            "religion religiousbelief religiousbeliefs ethnicity ethnicgroup ethnicorigin =race racialorigin \
            sexualorientation politicalopinion politicalopinions politicalparty tradeunion tradeunionmembership caste",
        ),
        (
            "de",
            "konfession religionszugehoerigkeit ethnie sexuelleorientierung gewerkschaft",
        ),
        ("fr", "origineethnique orientationsexuelle opinionpolitique"),
        ("es", "etnia origenetnico orientacionsexual"),
        ("pt", "religiao orientacaosexual origemetnica"),
        ("it", "religione orientamentosessuale"),
        ("nl", "godsdienst geloof etniciteit seksuelegeaardheid"),
        ("pl", "wyznanie orientacjaseksualna pochodzenieetniczne"),
        ("zh", "zongjiao zongjiaoxinyang minzu"),
        ("ja", "shukyo shuukyou"),
        ("ko", "jonggyo"),
        ("vi", "tongiao dantoc"),
        ("id", "agama sukubangsa"),
    ],
};

pub(in super::super) const HEALTH: Kind = Kind {
    what: "data on somebody's health",
    claims: &["isFitForWork", "isVaccinated"],
    holder: Holder::Category,
    phrases: &[
        (
            "en",
            "diagnosis diagnoses disease illness medicalcondition medicalhistory medicalrecord healthrecord bloodtype \
            bloodgroup disability medication allergies allergy hivstatus healthinsurancenumber patientid",
        ),
        (
            "de",
            "diagnose krankheit blutgruppe behinderung allergien krankenversicherungsnummer",
        ),
        ("fr", "diagnostic maladie groupesanguin"),
        (
            "es",
            "diagnostico enfermedad gruposanguineo tiposangre discapacidad",
        ),
        ("pt", "doenca tiposanguineo deficiencia"),
        ("it", "diagnosi malattia grupposanguigno disabilita"),
        ("nl", "ziekte bloedgroep bloedtype"),
        ("pl", "diagnoza choroba grupakrwi niepelnosprawnosc"),
        ("zh", "xuexing jibing bingshi"),
        ("ja", "ketsuekigata byoreki"),
        ("ko", "hyeoraekhyeong byeongnyeok"),
        ("vi", "nhommau benhan benhsu"),
        ("id", "golongandarah penyakit"),
    ],
};
