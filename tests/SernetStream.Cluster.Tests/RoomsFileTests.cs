using SernetStream.Cluster.Rooms;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>The file with the rooms: which of them are sent to the cluster, and what is wrong with one.</summary>
public sealed class RoomsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_example_has_rooms_of_both_kinds()
    {
        var rooms = RoomsFile.Read(Repository.PathOf("configs", "cluster", "rooms.json"));
        Assert.Equal(["office"], rooms.Where(room => room.IsSent).Select(room => room.Name));
        Assert.Equal(3, rooms.Count(room => !room.IsSent));
    }

    [Theory]
    [InlineData("rtp://0.0.0.0:5004", true)]
    [InlineData("tcp-listen://0.0.0.0:5004", true)]
    [InlineData("wyoming-listen://0.0.0.0:5004", true)]
    [InlineData("wyoming://kitchen.local:5004", false)]
    [InlineData("rtp://239.1.2.3:5004", false)]
    [InlineData("file:sound.wav", false)]
    [InlineData(null, true)]
    public void A_room_is_sent_or_fetched(string? source, bool isSent) => Assert.Equal(isSent, new RoomSpec { Name = "kitchen", Source = source }.IsSent);

    [Theory]
    [InlineData("""[{"name": "kitchen"}]""", "rooms whose audio is sent over a WebSocket need no entry here")]
    [InlineData("""[{"name": "kitchen", "source": "rtp://0.0.0.0"}]""", "the source of kitchen cannot be used: it has no port")]
    [InlineData("""[{"name": "kitchen", "source": "udp://0.0.0.0:5004?from=hidden"}]""", "its from must be addresses or networks")]
    [InlineData("""[{"name": "kitchen", "source": "rtsp://user:hidden@camera/mic"}]""", "the address has a password in it")]
    [InlineData(
        """[{"name": "kitchen", "source": "rtp://0.0.0.0:5004"}, {"name": "hall", "source": "udp://0.0.0.0:5004?rate=8000"}]""",
        "the rooms kitchen and hall are sent to the same port (udp 0.0.0.0:5004); give each a port of its own")]
    public void What_is_wrong_is_a_sentence_without_what_may_be_secret(string file, string sentence)
    {
        var problem = Assert.ThrowsAny<Exception>(() => RoomsFile.Read(_folder.Write("rooms.json", file)));
        Assert.Contains(sentence, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problem.Message, StringComparison.Ordinal);
    }
}
