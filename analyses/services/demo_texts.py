"""The demo's texts, written for it: parts of reviews of a fictional coffee-gear shop."""

from __future__ import annotations

PRODUCTS = ("kettle", "grinder", "espresso machine", "milk frother", "scale", "filter set", "travel mug")
CHANNELS = ("web shop", "app", "e-mail", "store")

PRAISE = (
    "I love this {product}, it works perfectly and looks beautiful on the counter.",
    "Best {product} I have ever owned! Worth every cent.",
    "The {product} arrived a day early and was packed with great care, thank you!",
    "After three weeks of daily use I am still delighted with the {product}.",
    "My partner was sceptical, but now nobody at home wants to live without the {product}.",
    "Excellent service: the {product} had a scratch and a new one came within two days. 😊",
    "What a wonderful gift. The {product} feels solid, runs quietly and is easy to clean.",
    "Five stars for the {product} and for the friendly person on the phone who solved my problem.",
)
COMPLAINTS = (
    "The {product} broke after four days and nobody answers my messages. Terrible service!",
    "Late delivery, damaged box, and the {product} leaks. I want my money back.",
    "Very disappointed. The {product} is loud, slow and already smells burnt.",
    "This is the worst {product} I have bought in years; the lid does not even close.",
    "I waited five weeks for the {product} and then received the wrong colour. Annoying!",
    "The app keeps losing my order. I hate having to call about a simple {product}.",
    "Do not buy this {product}: the cable got dangerously hot on the second morning.",
    "Support was rude and useless, and the refund for the {product} is still missing. 😡",
)
QUESTIONS = (
    "Does the {product} fit under a cabinet that is 38 cm high?",
    "Is the {product} available in green, and when will it be back in stock?",
    "Which filter size do I need for the {product}?",
    "I ordered the {product} on Monday. The tracking number is not active yet.",
    "Can the {product} be repaired in the store or do I have to send it in?",
    "The manual of the {product} mentions a second seal. It was not in the box.",
)
MIXED = (
    "The {product} makes great coffee, but the water tank is far too small.",
    "Good quality, terrible packaging. The {product} itself is fine.",
    "I wanted to love this {product}. It looks lovely, yet it is hard to clean and rather noisy.",
    "Not bad for the price, though the {product} takes ages to heat up.",
)
FEELINGS = (
    "I am scared to switch the {product} on again after the sparks this morning.",
    "I was so sad when the {product} my sister gave me stopped working for good.",
    "What a surprise! I did not expect the {product} to be in the box with a handwritten card.",
    "There was mould inside the new {product}. Disgusting, I felt sick.",
    "I laughed out loud with joy: the {product} plays a little tune when it is ready!",
    "I am furious. Three promises, three lies, and still no {product}.",
)
NAMED = (
    "Order 48213 from 12 March 2026: the {product} for 129.90 € has not left Hamburg yet, says Mara Lindqvist.",
    "Please write to jonas.berg@example.org or call +49 30 5550 1234 about my {product}.",
    "I saw the {product} for $89 at https://shop.example.com/offers on Friday, why is it €119 here? #fair",
    "Thanks @beanandkettle, Amina in your store in Lyon repaired the {product} within 20 minutes!",
    "Invoice 7741 lists 2 kg of beans and the {product}, but I paid for 1.5 kg on 3 May at 14:30.",
)
CARELESS = (
    "teh {product} dont work!!!!!! WHY DOES NOBODY ANSER ME",
    "very very very good {product} ,i like like it alot .",
    "recieved wrong {product} want refund now now now",
)
SCRAPS = ("ok", "Hm.", "48213", "{product}?", "...", "see above")
OTHER_LANGUAGES = (
    "Die Lieferung kam pünktlich und die Kaffeemühle läuft wunderbar leise, vielen Dank!",
    "Leider ist der Wasserkocher schon nach einer Woche kaputt, und der Kundendienst antwortet nicht.",
    "La machine est très belle et le café est délicieux, je la recommande à tous mes amis.",
    "Je suis déçu : le couvercle ferme mal et personne ne répond à mes messages.",
    "El molinillo funciona de maravilla y el envío fue muy rápido, muchas gracias.",
    "La macchina perde acqua dal primo giorno, vorrei sapere come restituirla.",
    "De melkopschuimer is stil en makkelijk schoon te maken, een echte aanrader.",
    "O pedido chegou atrasado e a balança não liga, quero o meu dinheiro de volta.",
)
