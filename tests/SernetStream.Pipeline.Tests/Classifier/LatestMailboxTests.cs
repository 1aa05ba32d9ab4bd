using SernetStream.Pipeline.Classifier;

namespace SernetStream.Pipeline.Tests.Classifier;

public class LatestMailboxTests
{
    [Fact]
    public void A_newer_item_displaces_one_that_was_not_taken()
    {
        var mailbox = new LatestMailbox<string>();
        Assert.Null(mailbox.Post("one"));
        Assert.Equal("one", mailbox.Post("two"));
        Assert.True(mailbox.TryTake(out var item));
        Assert.Equal("two", item);
    }

    [Fact]
    public void What_is_inside_can_be_taken_after_completion()
    {
        var mailbox = new LatestMailbox<string>();
        mailbox.Post("last");
        mailbox.Complete();
        Assert.True(mailbox.TryTake(out _));
        Assert.False(mailbox.TryTake(out _));
    }

    [Fact]
    public async Task Everything_posted_is_either_taken_or_displaced()
    {
        const int count = 200_000;
        var mailbox = new LatestMailbox<string>();
        var displaced = 0;
        var taker = Task.Factory.StartNew(
            () =>
            {
                var taken = 0;
                while (mailbox.TryTake(out _))
                {
                    taken++;
                }

                return taken;
            },
            TaskCreationOptions.LongRunning);
        for (var i = 0; i < count; i++)
        {
            displaced += mailbox.Post("item") is null ? 0 : 1;
        }

        mailbox.Complete();
        Assert.Equal(count, await taker.WaitAsync(TimeSpan.FromMinutes(1)) + displaced);
    }
}
