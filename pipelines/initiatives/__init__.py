"""From posts to initiatives: which posts are of one, what it is called, how far it has come.

evidence    what is read of a post
names       the names that it uses
signals     what of it can be compared, and by which keys it is found
pairs       how probably two posts are of one initiative
clusters    which posts are
stages      the stage that a post shows: `ways` reads what it says, `stage_model` weighs it
wants       what it needs, offers and asks: `days` reads until when, `compared` finds the words, `telling` weighs them
asks        which asks of a city are the same
describe    the initiative, in the words of its posts
"""
