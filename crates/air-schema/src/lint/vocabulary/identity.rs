//! Who somebody is.

use super::{Holder, Kind};

pub(in super::super) const NAME: Kind = Kind {
    what: "a person's name",
    claims: &["nameVerified"],
    holder: Holder::Text,
    phrases: &[
        (
            "en",
            "=name fullname firstname givenname givennames forename forenames middlename lastname familyname surname \
            secondname maidenname birthname nameatbirth personname holdername cardholdername customername clientname \
            applicantname patientname studentname employeename mothersname fathersname mothermaidenname legalfirstname \
            namesuffix fname lname",
        ),
        (
            "de",
            "vorname vornamen nachname familienname geburtsname rufname vollername vollstaendigername zuname",
        ),
        (
            "fr",
            "=nom prenom prenoms nomdefamille nomfamille nomcomplet nomusage nomdusage nomnaissance nomdenaissance",
        ),
        (
            "es",
            "=nombre nombres nombrecompleto nombrepila nombredepila apellido apellidos primerapellido segundoapellido \
            primernombre",
        ),
        (
            "pt",
            "nomecompleto primeironome ultimonome nomeproprio sobrenome apelido nomesocial nomedamae nomemae",
        ),
        ("it", "=nome cognome nomecognome nomeecognome nomedibattesimo"),
        (
            "nl",
            "=naam voornaam voornamen achternaam familienaam volledigenaam geboortenaam tussenvoegsel roepnaam",
        ),
        (
            "pl",
            "imie imiona nazwisko imieinazwisko imienazwisko nazwiskorodowe drugieimie",
        ),
        ("zh", "xingming zhenshixingming mingzi xingshi zhongwenming"),
        ("ja", "shimei namae furigana myoji myouji onamae"),
        ("ko", "ireum seongmyeong hangeulireum yeongmunireum"),
        ("vi", "hoten hovaten hotendaydu tendaydu tendem =ten"),
        (
            "id",
            "=nama namalengkap namadepan namabelakang namapanggilan namaibukandung",
        ),
    ],
};

pub(in super::super) const BIRTH_DATE: Kind = Kind {
    what: "a date of birth",
    claims: &["isOver18", "isOver21"],
    holder: Holder::AnyValue,
    phrases: &[
        (
            "en",
            "birthdate birthday dateofbirth dob datebirth bornon borndate yearofbirth monthofbirth dayofbirth birthyear \
            birthmonth bday",
        ),
        ("de", "geburtsdatum geburtstag geburtsjahr gebdatum geboren"),
        (
            "fr",
            "datenaissance datedenaissance anneenaissance jourdenaissance",
        ),
        (
            "es",
            "fechanacimiento fechadenacimiento fechanac nacimientofecha cumpleanos anonacimiento",
        ),
        (
            "pt",
            "datanascimento datadenascimento datanasc aniversario anonascimento",
        ),
        ("it", "datanascita datadinascita compleanno annonascita"),
        ("nl", "geboortedatum geboortedag geboortejaar verjaardag"),
        ("pl", "dataurodzenia rokurodzenia dzienurodzenia urodziny"),
        ("zh", "chushengriqi chushengnianyue shengri chusheng"),
        ("ja", "seinengappi tanjobi tanjoubi umaredoshi"),
        ("ko", "saengnyeonworil saengil chulsaengil chulsaengyeondo"),
        ("vi", "ngaysinh ngaythangnamsinh namsinh sinhnhat"),
        ("id", "tanggallahir tgllahir tahunlahir ulangtahun"),
    ],
};

pub(in super::super) const AGE: Kind = Kind {
    what: "an exact age",
    claims: &["isOver18", "ageBand"],
    holder: Holder::TextOrNumber,
    phrases: &[
        ("en", "=age ageinyears currentage personage userage"),
        ("de", "=alter lebensalter alterinjahren"),
        ("fr", "ageenannees ageactuel"),
        ("es", "=edad edadactual edadanos"),
        ("pt", "=idade idadeatual"),
        ("it", "=eta etaanni"),
        ("nl", "=leeftijd leeftijdinjaren"),
        ("pl", "=wiek wiekwlatach"),
        ("zh", "=nianling nianlingsui"),
        ("ja", "=nenrei"),
        ("ko", "=nai =naii yeollyeong"),
        ("vi", "=tuoi dotuoi"),
        ("id", "=umur =usia"),
    ],
};

pub(in super::super) const BIRTHPLACE: Kind = Kind {
    what: "a place of birth",
    claims: &["birthCountry"],
    holder: Holder::Text,
    phrases: &[
        (
            "en",
            "birthplace placeofbirth birthcity cityofbirth birthtown townofbirth",
        ),
        ("de", "geburtsort geburtsstadt"),
        ("fr", "lieunaissance lieudenaissance villenaissance"),
        ("es", "lugarnacimiento lugardenacimiento ciudadnacimiento"),
        ("pt", "localnascimento localdenascimento naturalidade"),
        ("it", "luogonascita luogodinascita comunenascita comunedinascita"),
        ("nl", "geboorteplaats"),
        ("pl", "miejsceurodzenia"),
        ("zh", "chushengdi chushengdidian jiguan"),
        ("ja", "shusseichi shusshinchi"),
        ("ko", "chulsaengji"),
        ("vi", "noisinh quequan"),
        ("id", "tempatlahir"),
    ],
};

pub(in super::super) const NATIONALITY: Kind = Kind {
    what: "a nationality",
    claims: &["isEuCitizen", "isResident"],
    holder: Holder::Category,
    phrases: &[
        (
            "en",
            "nationality nationalities citizenship citizenships countryofcitizenship",
        ),
        (
            "de",
            "nationalitaet nationalitat staatsangehoerigkeit staatsangehorigkeit staatsbuergerschaft staatsburgerschaft",
        ),
        ("fr", "nationalite citoyennete"),
        ("es", "nacionalidad ciudadania"),
        ("pt", "nacionalidade cidadania"),
        ("it", "nazionalita cittadinanza"),
        ("nl", "nationaliteit staatsburgerschap"),
        ("pl", "narodowosc obywatelstwo"),
        ("zh", "guoji"),
        ("ja", "kokuseki"),
        ("ko", "gukjeok"),
        ("vi", "quoctich"),
        ("id", "kewarganegaraan warganegara"),
    ],
};

pub(in super::super) const GENDER: Kind = Kind {
    what: "a gender",
    claims: &[],
    holder: Holder::Category,
    phrases: &[
        ("en", "gender =sex sexatbirth genderidentity sexassignedatbirth"),
        ("de", "geschlecht"),
        ("fr", "=sexe =genre"),
        ("es", "=sexo =genero"),
        ("pt", "sexobiologico identidadegenero"),
        ("it", "sesso =genere"),
        ("nl", "geslacht"),
        ("pl", "=plec"),
        ("zh", "xingbie"),
        ("ja", "seibetsu"),
        ("ko", "seongbyeol"),
        ("vi", "gioitinh"),
        ("id", "jeniskelamin"),
    ],
};

pub(in super::super) const DOCUMENT_NUMBER: Kind = Kind {
    what: "a document's number",
    claims: &["documentVerified"],
    holder: Holder::TextOrNumber,
    phrases: &[
        (
            "en",
            "documentnumber documentno documentid docnumber docno docid =passport passportnumber passportno passportid \
            idcardnumber idcardno identitycardnumber driverslicense driverslicensenumber driverlicense driverlicensenumber \
            drivinglicence drivinglicencenumber drivinglicense drivinglicensenumber licencenumber licensenumber \
            residencepermitnumber visanumber mrz machinereadablezone mrzline",
        ),
        (
            "de",
            "dokumentennummer dokumentnummer passnummer reisepassnummer =reisepass ausweisnummer personalausweisnummer \
            =personalausweis fuehrerscheinnummer fuhrerscheinnummer",
        ),
        (
            "fr",
            "numerodocument numerodedocument numeropasseport numerodepasseport =passeport \
            numerocarteidentite numerocartedidentite numeropermis numerodepermis",
        ),
        (
            "es",
            "numerodocumento numerodedocumento numeropasaporte numerodepasaporte =pasaporte numerolicencia numerocedula",
        ),
        (
            "pt",
            "numerododocumento numeropassaporte numerodopassaporte =passaporte numerocnh",
        ),
        (
            "it",
            "numerodeldocumento numeropassaporto =passaporto numerocartaidentita numerocartadidentita numeropatente",
        ),
        (
            "nl",
            "documentnummer paspoortnummer =paspoort identiteitskaartnummer rijbewijsnummer",
        ),
        (
            "pl",
            "numerdokumentu nrdokumentu numerpaszportu nrpaszportu =paszport numerdowodu nrdowodu numerdowoduosobistego \
            numerprawajazdy",
        ),
        (
            "zh",
            "zhengjianhao zhengjianhaoma huzhaohao huzhaohaoma huzhao jiashizhenghao",
        ),
        (
            "ja",
            "ryokenbango ryokenbangou pasupotobango menkyobango menkyoshobango",
        ),
        ("ko", "yeogwonbeonho munseobeonho myeonheobeonho"),
        ("vi", "sohochieu hochieu sogiayto banglaixe sobanglaixe"),
        ("id", "nomorpaspor nopaspor =paspor nomordokumen nomorsim nosim"),
    ],
};

pub(in super::super) const NATIONAL_ID: Kind = Kind {
    what: "a national or tax number",
    claims: &["nationalIdVerified", "taxCountry"],
    holder: Holder::TextOrNumber,
    phrases: &[
        (
            "en",
            "nationalid nationalidnumber nationalidentitynumber nationalidentificationnumber ssn socialsecurity \
            socialsecuritynumber socialinsurancenumber nationalinsurancenumber nino taxid taxidnumber taxnumber \
            taxidentificationnumber taxpayerid itin personalnumber personalidnumber personalid idnumber idno voterid \
            aadhaar aadhaarnumber pannumber nric hkid emiratesid",
        ),
        (
            "de",
            "steuerid steueridnr steuernummer steueridentifikationsnummer sozialversicherungsnummer \
            rentenversicherungsnummer ahvnummer",
        ),
        (
            "fr",
            "numerosecuritesociale numerodesecuritesociale nir numeroinsee numerofiscal identifiantnational",
        ),
        (
            "es",
            "dni nie nif curp rfc cedula cedulaidentidad cedulaciudadania numeroseguridadsocial cuil cuit",
        ),
        (
            "pt",
            "cpf numerocpf numerodocpf cartaocidadao numerocontribuinte nis numerorg =rg",
        ),
        ("it", "codicefiscale numerotesserasanitaria"),
        (
            "nl",
            "bsn burgerservicenummer sofinummer rijksregisternummer fiscaalnummer",
        ),
        ("pl", "pesel numerpesel nrpesel numernip nrnip =nip"),
        ("zh", "shenfenzheng shenfenzhenghao shenfenzhenghaoma shenfenhao"),
        ("ja", "mynumber mainanba kojinbango kojinbangou"),
        ("ko", "juminbeonho jumindeungnokbeonho juminnumber"),
        ("vi", "cccd socccd cancuoccongdan cmnd socmnd masothue"),
        (
            "id",
            "nik nomornik ktp noktp nomorktp npwp nomornpwp nomorindukkependudukan",
        ),
    ],
};

pub(in super::super) const BIOMETRICS: Kind = Kind {
    what: "biometric data",
    claims: &["livenessChecked", "faceMatched"],
    holder: Holder::TextOrNumber,
    phrases: &[
        (
            "en",
            "biometric biometrics biometricdata biometrictemplate faceimage facephoto facetemplate faceembedding \
            facialimage facialtemplate facegeometry facescan faceid selfie portrait portraitphoto passportphoto idphoto \
            =photo fingerprint fingerprints thumbprint palmprint irisscan iristemplate retina retinascan voiceprint \
            voicesample dna dnaprofile",
        ),
        (
            "de",
            "biometrie gesichtsbild lichtbild passbild passfoto fingerabdruck fingerabdruecke irisbild",
        ),
        (
            "fr",
            "photoidentite photodidentite empreintedigitale empreintesdigitales imagefaciale",
        ),
        (
            "es",
            "biometria fotografia fotocarnet huelladigital huellasdigitales huelladactilar imagenfacial",
        ),
        ("pt", "impressaodigital impressoesdigitais imagemfacial fotorosto"),
        (
            "it",
            "improntadigitale improntedigitali immaginevolto fototessera",
        ),
        ("nl", "vingerafdruk vingerafdrukken gezichtsopname pasfoto"),
        ("pl", "odciskpalca odciskipalcow zdjecietwarzy"),
        ("zh", "zhiwen renlian zhaopian"),
        ("ja", "shimon kaojashin"),
        ("ko", "jimun eolguljjin eolgulsajin"),
        ("vi", "vantay anhchandung khuonmat"),
        ("id", "sidikjari fotowajah swafoto"),
    ],
};
