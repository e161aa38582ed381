"""What a file's headers say, in five languages; what may mean two things is not guessed."""

import re

import pytest

from profiles.importers.fields import FIELDS, guess_mapping
from tests.profiles.test_connectors import FILES


def guess(kind: str, header: str) -> str:
    mapping = guess_mapping(kind, re.split(r"[;,\t]", header))
    return "; ".join(f"{field}={column}" for field, column in mapping.items())


@pytest.mark.parametrize(
    ("kind", "header", "expected"),
    [
        ("customers", "Kundennummer;E-Mail-Adresse;Vorname;Nachname;Telefon;Sprache;Land;Ort",
         "external_id email first_name last_name phone language country city"),
        ("customers", "Kunden-Nr.;E-Mail;Vorname;Name;Stadt",
         "external_id email first_name last_name city"),
        ("customers", "N° client;Adresse e-mail;Prénom;Nom;Téléphone;Langue;Pays;Ville",
         "external_id email first_name last_name phone language country city"),
        ("customers", "Número de cliente;Correo electrónico;Nombre;Apellidos;Móvil;Idioma;País",
         "external_id email first_name last_name phone language country"),
        ("customers", "NUMERO DE CLIENTE;CORREO ELECTRONICO;Nombre;Ciudad",
         "external_id email name city"),
        ("orders", "Bestellnummer;Bestelldatum;Kundennummer;Name;Artikelnummer;Bezeichnung;Menge;"
         "Einzelpreis;Gesamtbetrag;Währung",
         "order_id placed_at external_id - sku title quantity unit_price total currency"),
        ("orders", "Numéro de commande;Date de commande;Courriel;Référence produit;Quantité;"
         "Prix unitaire;Devise", "order_id placed_at email sku quantity unit_price currency"),
        ("orders", "Nº de pedido;Fecha;Correo;Código de producto;Producto;Cantidad;Precio;Moneda",
         "order_id placed_at email sku title quantity unit_price currency"),
        ("products", "Artikelnummer;Artikelbezeichnung;Beschreibung;Kategorie;Marke;Preis;Bestand",
         "external_id title description category brand price stock"),
        ("products", "Référence produit;Nom;Catégorie;Marque;Prix;Lien",
         "external_id title category brand price url"),
        ("products", "Referencia del producto;Nombre;Descripción;Marca;Precio;Existencias",
         "external_id title description brand price stock"),
        ("events", "Ereignis;Zeitpunkt;Kundennummer;Name", "name at external_id -"),
        ("texts", "Datum;Titel;Kommentar;Sterne", "at title text rating"),
    ],
)  # fmt: skip
def test_headers_in_german_french_and_spanish_are_understood(
    kind: str, header: str, expected: str
) -> None:
    pairs = zip(expected.split(), header.split(";"), strict=True)
    assert guess_mapping(kind, header.split(";")) == {
        field: column for field, column in pairs if field != "-"
    }


@pytest.mark.parametrize(
    ("kind", "header", "expected"),
    [
        ("customers", "Kunde;Nummer;Titel;Einwilligung;Client;Cliente;Estado;Consentement", ""),
        ("orders", "Referenz;Référence;Betrag;Montant;Importe;Estado;Rabatt;Kunde;Titel", ""),
        ("products", "Bestellnummer;Nettopreis;Einkaufspreis;Größe;Aktiv", ""),
        ("texts", "Bewertung;Note;Avis;Valoración", ""),
        ("customers", "Name", "name=Name"),
        ("customers", "Nom;Ville", "name=Nom; city=Ville"),
        ("customers", "First name;Name", "first_name=First name; name=Name"),
        ("customers", "Vorname;Nachname;Name", "first_name=Vorname; last_name=Nachname; name=Name"),
    ],
)
def test_a_word_that_may_mean_two_things_is_not_guessed_wrong(
    kind: str, header: str, expected: str
) -> None:
    assert guess(kind, header) == expected


KNOWN = {
    ("Shopify", "orders"): "order_id=Name; placed_at=Created at; email=Email; sku=Lineitem sku; "
    "title=Lineitem name; quantity=Lineitem quantity; unit_price=Lineitem price; "
    "currency=Currency; status=Financial Status; code=Discount Code; country=Shipping Country",
    ("Shopify", "customers"): "external_id=Customer ID; email=Email; first_name=First Name; "
    "last_name=Last Name; phone=Phone; country=Default Address Country Code; "
    "city=Default Address City; may_email=Accepts Email Marketing",
    ("Shopify", "products"): "external_id=Handle; title=Title; description=Body (HTML); "
    "category=Type; brand=Vendor; tags=Tags; image_url=Image Src; price=Variant Price; "
    "is_active=Published; variant_sku=Variant SKU",
    ("WooCommerce", "products"): "external_id=ID; title=Name; description=Description; "
    "category=Type; price=Sale price; stock=Stock; is_active=Published",
    ("WooCommerce", "orders"): "order_id=Order Number; placed_at=Order Date; sku=SKU; "
    "quantity=Quantity; status=Order Status",
    ("WooCommerce", "customers"): "email=Email; name=Name; city=City",
    ("Mailchimp", "customers"): "email=Email Address; first_name=First Name; "
    "last_name=Last Name; timezone=TIMEZONE",
    ("Klaviyo", "customers"): "email=Email; first_name=First Name; last_name=Last Name; "
    "phone=Phone Number; country=Country; city=City",
    ("Google Merchant", "products"): "external_id=id; title=title; description=description; "
    "category=product_type; brand=brand; url=link; image_url=image_link; price=price",
}


@pytest.mark.parametrize("export", FILES)
def test_what_is_guessed_of_a_known_export_stays(export: tuple[str, str]) -> None:
    assert guess(export[1], FILES[export].partition("\n")[0]) == KNOWN[export]


def test_no_word_stands_twice_in_a_list() -> None:
    for fields in FIELDS.values():
        for field in fields.values():
            assert len(set(field.names)) == len(field.names), field.name
