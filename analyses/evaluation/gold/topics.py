"""Short texts written for this project with what they are about; each second one was kept from choosing thresholds."""

GOLD: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (text, tuple(labels.split(", ")) if labels else ())
    for labels, text in (
        line.split(" | ", 1)
        for line in """\
travel | We landed in Lisbon at noon and walked to the old town with our bags.
travel, delivery | My flight was pushed back three hours and nobody told us at the gate.
travel | The hostel was five minutes from the central station, perfect for backpackers.
travel | Packing for Japan tomorrow, any tips for the metro in Tokyo?
travel, customer service | The cabin crew were lovely and brought my son an extra blanket.
travel | Lost my suitcase in Frankfurt and still no word about it.
travel | Driving from Denver to Utah took us nine hours but the views were worth it.
travel, weather | All ferries to the island were cancelled because of the storm.
travel, money | Tickets to Bali cost twice what we paid last year.
travel | Got stuck in traffic on the way to the airport and missed check-in.
travel | Our cruise stopped at four Greek islands in a week.
travel | The bus never showed up, so I had to take a cab.
money | The bank charged me a fee for closing my own account.
money | Prices have doubled since spring and wages have not moved.
money, housing | With interest rates this high nobody can get a mortgage.
money | I want a full refund, not a voucher.
money | He put all his savings into bitcoin and lost most of it.
money | Great quality but far too expensive for what you get.
money | Shares fell four percent after the company cut its profit forecast.
money | They billed my credit card twice and will not give it back.
money, politics | The government plans to raise taxes on fuel again.
money | How do I pay off a student credit card debt faster?
money, work | My salary has been paid late for the third month in a row.
money | Nice little thing and really good value for the price.
customer service | I was on hold for an hour and then they hung up.
customer service | The lady at reception was so kind and answered all my questions.
customer service | Three emails to support and not one reply.
customer service, food | Our waiter was rude and ignored us all evening.
customer service | Chatted with an agent called Priya who fixed the problem in minutes.
customer service | Worst service ever, the manager just laughed at my complaint.
customer service | The staff went out of their way to help my elderly mother.
customer service, shopping | The cashier could not have been friendlier when I brought the jacket back.
customer service | Nobody picks up the phone at your hotline.
customer service, technology | Tech support walked me through the whole reset, very patient guy.
customer service | Your representative promised to call me back on Monday and never did.
delivery | My parcel has been sitting in the depot for a week.
delivery | Ordered on Monday, still not here on Friday.
delivery | Arrived two days early and well packed.
delivery | The courier threw the box over the fence.
delivery | The tracking page says delivered but there is nothing at my door.
delivery, food | The pizza came ninety minutes late and stone cold.
delivery | Shipping took a month, I had almost forgotten about it.
delivery, shopping | The dress I ordered arrived the very next day.
delivery | They sent it to the wrong address twice.
delivery | The postman left it with a neighbour without a note.
delivery | Why is every train delayed on this line, every single morning?
food | The ramen was rich and the noodles were perfect.
food | Soggy fries and a burger that tasted of nothing.
food | I baked my first sourdough loaf today and it actually rose.
food, money | Twenty dollars for a plate of pasta is a joke.
food | Does anybody have a good recipe for lentil soup?
food | Their coffee is bitter, but the croissants are heavenly.
food, health | Cutting out sugar was the best thing I did for my diet.
food | We had dinner at a little seafood place by the harbour.
food | The chicken was raw in the middle.
food | Best tacos in town, hands down.
food | I could eat chocolate for breakfast every day 🍫
food | The cheese board and the wine were lovely.
health | My doctor prescribed a new pill for my blood pressure.
health | I have had a headache for three days, should I worry?
health | She broke her leg and will have surgery on Thursday.
health | The vaccine made my arm sore but nothing else.
health | Since I started therapy my panic attacks have become rare.
health | Waited five hours in the emergency room with a bleeding hand.
health | New study links poor sleep to heart disease.
health | My knee hurts whenever I go for a run.
health | He was diagnosed with diabetes last winter.
health | The nurses on ward six were angels.
health, family | Our toddler caught the flu at kindergarten.
health | Quit smoking two years ago and never felt better.
health, work | Burned out after years of night shifts at the hospital.
work | I got the job! I start on the first of March.
work | My boss expects us to answer mails on Sundays.
work | Two hundred employees were laid off this morning.
work | Nine interviews and still no offer.
work | Working from home has made our team happier.
work | She asked for a raise and got a promotion too.
work | The union announced a strike for next week.
work | I hate meetings that could have been an email.
work | After thirty years at the factory he is retiring on Friday.
work, education | Is a master's degree worth it for a career in marketing?
work | My colleague takes credit for everything I do.
work | Freelancing is great until a client does not pay.
politics | The senate passed the bill by two votes.
politics | I do not trust any politician who will not debate.
politics | Turnout in the local elections was the lowest in decades.
politics | The prime minister resigned this morning.
politics | Thousands marched in the capital against the new law.
politics | Both parties agree that the border policy has failed.
politics | He voted republican all his life until now.
politics | The president will meet the German chancellor tomorrow.
politics | Democracy only works if people show up to vote.
politics, environment | Ministers rejected the plan to tax carbon.
politics | Troops moved closer to the border overnight, and sanctions were announced.
politics | Our mayor cares more about parking lots than about people.
sport | They scored in the last minute and won the cup.
sport | What a save by the goalkeeper!
sport | He ran his first marathon in under four hours.
sport | The Lakers lost again, that is five in a row.
sport | Our coach made us do sprints until dark.
sport | Federer was the most elegant tennis player I ever saw.
sport | She won gold in the 200 metres at the Olympics.
sport | Terrible refereeing cost us the match.
sport | Who do you think wins the league this season?
sport | The quarterback threw three interceptions in the first half.
sport | I started swimming twice a week and joined a club.
sport | Cricket on a Sunday afternoon, nothing better 🏏
technology | The app crashes every time I open a photo.
technology | My laptop battery lasts two hours at most.
technology | Since the update the wifi keeps dropping.
technology | I cannot log in, the password reset mail never comes.
technology | Their new phone has a better camera but the same chip.
technology | Machine learning will change how we write software.
technology | The website is so slow that I gave up.
technology | How do I install Linux next to Windows?
technology | Hackers got into the database and leaked millions of accounts.
technology | The screen froze and now it will not restart.
technology, shopping | Bought these bluetooth headphones in June and the left one is dead.
technology | Please add dark mode, the white screen hurts my eyes.
education | Our maths teacher makes even fractions fun.
education | Finals week is killing me, three exams in two days.
education, money | Tuition fees went up again this semester.
education | She was the first in her village to go to university.
education | The lecture was so boring that half the students left.
education | My thesis is due on Friday and I have ten pages left.
education | Children learn to read faster in smaller classes.
education | He dropped out of high school at sixteen.
education | I am studying chemistry in my second year.
education | The course was well structured and the quizzes helped.
family | My grandmother turns ninety this weekend and all the cousins are coming.
family | The baby slept through the night for the first time.
family | My dad taught me how to ride a bike.
family | Raising two teenagers alone is not easy.
family | My sister just had twins!
family | I have not spoken to my brother since the funeral.
family | Mum always said that the kids come first.
family | Which pushchair is best for a newborn?
family | My in-laws are staying with us for a month, send help.
family | Our son took his first steps yesterday 👶
relationships | He proposed on the beach and I said yes!
relationships | My girlfriend broke up with me by text.
relationships | We have been married for forty years today.
relationships | I think I have a crush on my best friend.
relationships | Dating apps make me feel lonelier than before.
relationships | The wedding is in June and we still have no venue.
relationships | She found out that her husband was cheating.
relationships | How do you make new friends after thirty?
relationships | Their divorce was ugly, but they get along now.
relationships | I still miss my ex every day 💔
entertainment | The second season was so much better than the first, what a finale.
entertainment | I cried at the end of that movie.
entertainment | Their new album is on repeat all day.
entertainment | Went to see the band live and the drummer was incredible.
entertainment | That actor deserves an Oscar for this role.
entertainment | I finished the game in one weekend, the boss fights are epic.
entertainment | The book starts slowly, but the last chapters are thrilling.
entertainment | Can anybody recommend a good comedy on Netflix?
entertainment | The concert was sold out in minutes.
entertainment | This anime has the best soundtrack ever 🎶
entertainment | The museum shows her early paintings until May.
entertainment | Celebrities should stop telling us how to live.
environment | The glaciers are melting faster than anybody expected.
environment | We should ban plastic bags everywhere.
environment | Planting trees in the city lowers the heat in summer.
environment | The river is full of waste from the paper mill.
environment | Wind farms now give a third of our electricity.
environment | Half of the coral reef has died since 1990.
environment | Recycling alone will not save the planet.
environment | Emissions from cars fell by ten percent.
environment, animals | Bees are dying because of pesticides.
environment | We put solar panels on the roof last year.
crime and law | Somebody stole my bike in front of the library.
crime and law | The jury found him guilty of murder.
crime and law | Police arrested two men after the robbery.
crime and law | It is a scam, do not give them your bank details.
crime and law | She is suing her former employer for discrimination.
crime and law | He was sentenced to six years in prison.
crime and law | The supreme court will hear the case in autumn.
crime and law | My lawyer says that the contract is not valid.
crime and law | A gunman opened fire outside the club, and police are searching for him.
crime and law, money | I reported the fraud, but the bank refuses to help.
crime and law | Burglars broke in while we were asleep.
weather | It has been raining for a week.
weather | Minus twenty tonight, stay inside and keep warm.
weather | Finally some sunshine after the grey winter ☀️
weather | The hurricane will make landfall on Tuesday.
weather | Thick fog this morning, you could not see the other side of the street.
weather | Heavy snow closed the schools in the north.
weather | The forecast says thirty degrees and thunderstorms.
weather | What a beautiful day, not a cloud in the sky.
weather | Lightning struck the church tower last night.
weather | I love the smell of rain on warm earth.
housing | The landlord refuses to fix the heating.
housing | We are looking for a two-bedroom flat near the park.
housing | The neighbours drill every Sunday morning.
housing, money | Rents in this city are insane.
housing | There is mould on the bathroom ceiling.
housing | We just got the keys to our new house!
housing | My roommate never does the dishes.
housing | The room was tiny and the shower leaked.
housing | They want to build forty new homes behind the church.
housing | I was evicted with two weeks' notice.
shopping | The shoes are a size too small, so I have to return them.
shopping | Nice fabric, but the colour is not like in the picture.
shopping | I bought this blender for my sister and she loves it.
shopping | The shop on the corner sells everything from socks to saws.
shopping | Fell apart after two washes, do not buy.
shopping | Black Friday deals are mostly fake.
shopping | It is a sturdy product and does what it says.
shopping | The lipstick does not last, but the shade is pretty.
shopping | They were out of stock in every store I tried.
shopping | I exchanged the coat for a smaller one without any trouble.
animals | My cat sleeps on the keyboard.
animals | We adopted a puppy from the shelter.
animals | The vet said that the rabbit needs a softer diet.
animals | A fox comes into our garden every night.
animals | Elephants mourn their dead.
animals | Please keep your dog on a leash 🐕
animals | The parrot learned to imitate the doorbell.
animals | Horses need far more space than this.
animals | Two lions escaped from the zoo.
animals | Our hamster died today and the children are heartbroken.
 | I have no idea what you mean.
 | Thanks, that made my day!
 | This is the worst thing I have ever seen.
 | You are absolutely right.
 | I agree with everything you said.
 | What a disappointment.
 | I do not know why, but I feel so sad today.
 | That was really funny, thank you.
 | Nobody knows what will happen next.
 | Please explain it to me again.
 | This makes no sense at all.
 | It took me a while to understand the point.
 | Amazing! Just amazing!
 | I was wrong and I am sorry.
 | You should be ashamed of yourself.
 | Wait, is that really what happened?
 | Good luck, you will need it.
 | I cannot believe that people still think so.
 | Everything is fine, do not worry.
 | He never keeps his promises.
 | I am so proud of you right now.
 | That is not what I asked for.
 | Very good, would do it again.
 | Not bad, but I expected more.
 | To be honest, I do not care.
 | Same here, it happened to me last week.
""".splitlines()
    )
)

CHOSEN_ON = GOLD[::2]
MEASURED_ON = GOLD[1::2]
