"""Syllables in seven languages beside English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.engines.syllables import count_syllables
from analyses.engines.vowels import RULES

# Counted by hand, the first half while the rules were made, the second afterwards; words of 1, 2, 3, 4, 5 syllables.
KNOWN = {
    "de": "haus schiff brief leicht|koffer reise theke nation urlaub quelle|theater beeilen|information|universität",
    "nl": "huis schip brief tijd leeuw|koffer duurder ontbijt|radio theater rekening|informatie|universiteit",
    "fr": "chat eau belle nuit table|maison bateau facture jardin|téléphone déjeuner|télévision|université",
    "es": "sol bien rey|quiero guerra aire noche siete|teatro ciudades|restaurante habitación|universidad",
    "it": "più che|pane notte buono guerra|lettera risposta|telefono ristorante|università",
    "pt": "pão bem mãe rei|dia noite quero caixa|história maria|restaurante companhia|organização",
    "ru": "дом чай|письмо завтрак|посылка работа|обслужили|университет",
}
UNSEEN = {
    "de": "zug grün bald dank|abend rechnung antwort zeitung|geburtstag bekommen angebot|unfreundliche|organisation",
    "nl": "trein goed snel prijs|kamer water|betalen antwoorden vriendelijk bestelling|medewerkers|",
    "fr": "train fort prix heure route|merci hôtel retard problème|commander livraison personnel|réservation|",
    "es": "tren gran fue|tarde precio gracias puerta|amable pedido dinero servicio|entregaron|organización",
    "it": "tre re|treno giorno grazie prezzo|servizio camera albergo gentile|personale colazione|prenotazione",
    "pt": "trem bom não|preço quarto leite|serviço pedido chegada|entregaram|atendimento organização",
    "ru": "год нет|поезд цена очень|хорошо заказать ответил|доставили|магазинами",
}


def misses(language: str, columns: str) -> list[str]:
    return [
        word
        for count, words in enumerate(columns.split("|"), start=1)
        for word in words.split()
        if count_syllables(word, language) != count
    ]


@pytest.mark.parametrize("language", RULES)
def test_words_counted_by_hand_come_out_right(language: str) -> None:
    assert misses(language, KNOWN[language]) + misses(language, UNSEEN[language]) == []


def test_capitals_count_like_small_letters_and_another_language_otherwise() -> None:
    assert count_syllables("THEATER", "de") == 3
    assert (count_syllables("nation", "de"), count_syllables("nation", "es")) == (2, 2)


def test_a_language_without_rules_is_refused() -> None:
    with pytest.raises(KeyError):
        count_syllables("talo", "fi")


@given(word=st.text(max_size=60), language=st.sampled_from(sorted(RULES)))
def test_every_word_has_a_syllable_and_no_more_than_letters(word: str, language: str) -> None:
    assert 1 <= count_syllables(word, language) <= max(1, len(word.lower()))
