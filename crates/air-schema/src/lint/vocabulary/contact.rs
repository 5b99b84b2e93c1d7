//! Where somebody is found.

use super::{Holder, Kind};

pub(in super::super) const ADDRESS: Kind = Kind {
    what: "a postal address",
    claims: &["residenceCountry", "addressVerified"],
    holder: Holder::TextOrNumber,
    phrases: &[
        (
            "en",
            "address addresses homeaddress residentialaddress postaladdress streetaddress addressline =street streetname \
            housenumber apartmentnumber zip zipcode postcode postalcode placeofresidence",
        ),
        (
            "de",
            "adresse anschrift wohnanschrift wohnadresse strasse hausnummer postleitzahl plz wohnort meldeadresse",
        ),
        (
            "fr",
            "adressepostale adressedomicile rue codepostal domicile numeroderue",
        ),
        ("es", "direccion domicilio calle codigopostal direccionpostal"),
        ("pt", "endereco morada rua cep enderecoresidencial"),
        (
            "it",
            "indirizzo residenza via cap codiceavviamentopostale indirizzoresidenza",
        ),
        ("nl", "adres woonadres straat straatnaam huisnummer woonplaats"),
        (
            "pl",
            "ulica kodpocztowy adreszamieszkania adreszameldowania nrdomu numerdomu",
        ),
        (
            "zh",
            "dizhi zhuzhi jiatingdizhi xiangxidizhi youbian youzhengbianma",
        ),
        ("ja", "jusho juusho yubinbango yuubinbangou"),
        ("ko", "juso jipjuso upyeonbeonho"),
        ("vi", "diachi diachithuongtru diachinha noio mabuuchinh"),
        ("id", "alamat alamatrumah alamatlengkap alamatktp kodepos"),
    ],
};

pub(in super::super) const EMAIL: Kind = Kind {
    what: "an e-mail address",
    claims: &["emailVerified"],
    holder: Holder::Text,
    phrases: &[
        (
            "en",
            "email emails emailaddress mailaddress =mail personalemail workemail",
        ),
        ("de", "emailadresse mailadresse epost"),
        ("fr", "courriel adresseemail adressemail adressecourriel"),
        ("es", "correo correoelectronico direccioncorreo"),
        ("pt", "correioeletronico enderecoemail enderecodeemail"),
        ("it", "indirizzoemail postaelettronica"),
        ("nl", "emailadres mailadres"),
        ("pl", "adresemail pocztaelektroniczna"),
        ("zh", "youxiang dianziyoujian dianziyouxiang"),
        ("ja", "meruadoresu denshimeru"),
        ("ko", "imeil imeiljuso jeonjaupyeon"),
        ("vi", "thudientu diachiemail"),
        ("id", "surel alamatemail"),
    ],
};

pub(in super::super) const PHONE: Kind = Kind {
    what: "a telephone number",
    claims: &["phoneVerified", "phoneCountry"],
    holder: Holder::TextOrNumber,
    phrases: &[
        (
            "en",
            "phone phonenumber phoneno telephone telephonenumber telephoneno =mobile mobilenumber mobileno mobilephone \
            cellphone cellnumber =cell msisdn whatsapp whatsappnumber",
        ),
        (
            "de",
            "telefon telefonnummer handynummer mobilnummer rufnummer festnetz",
        ),
        (
            "fr",
            "numerotelephone numerodetelephone telephoneportable =portable numeroportable",
        ),
        (
            "es",
            "telefono numerotelefono numerodetelefono movil numeromovil celular numerocelular",
        ),
        ("pt", "telefone numerotelefone telemovel numerotelemovel"),
        (
            "it",
            "numerotelefonico numeroditelefono cellulare numerocellulare",
        ),
        ("nl", "telefoon telefoonnummer mobielnummer gsmnummer"),
        ("pl", "numertelefonu nrtelefonu komorka telefonkomorkowy"),
        (
            "zh",
            "shouji shoujihao shoujihaoma dianhua dianhuahaoma lianxidianhua",
        ),
        ("ja", "denwa denwabango denwabangou keitaibango keitaidenwa"),
        ("ko", "jeonhwa jeonhwabeonho hyudaejeonhwa haendeupon"),
        ("vi", "sodienthoai dienthoai sdt sodidong"),
        (
            "id",
            "telepon nomortelepon notelepon notelp nohp nomorhp nomorponsel",
        ),
    ],
};

pub(in super::super) const DEVICE: Kind = Kind {
    what: "an address or id of somebody's device",
    claims: &[],
    holder: Holder::Text,
    phrases: &[(
        "en",
        "ipaddress ipaddr =ip ipv4address ipv6address macaddress imei imeinumber imsi deviceid deviceserial \
        devicefingerprint browserfingerprint advertisingid",
    )],
};

pub(in super::super) const LOCATION: Kind = Kind {
    what: "an exact location",
    claims: &["region"],
    holder: Holder::TextOrNumber,
    phrases: &[
        (
            "en",
            "latitude longitude geolocation gps gpscoordinates gpslocation geocoordinates",
        ),
        ("de", "breitengrad laengengrad laengengrade"),
        ("es", "latitud longitud"),
        ("it", "latitudine longitudine"),
    ],
};
