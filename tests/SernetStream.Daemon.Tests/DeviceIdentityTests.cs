using Microsoft.Extensions.Logging.Abstractions;
using SernetStream.State;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>The device id for hubs, over restarts, several nodes on one machine, and renames.</summary>
public sealed class DeviceIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_survives_a_restart()
    {
        var first = ClaimOnce("kitchen");

        Assert.Matches("^[0-9a-f]{12}$", first);
        Assert.Equal(first, ClaimOnce("kitchen"));
    }

    [Fact]
    public void A_new_name_is_a_new_device_and_touches_no_other()
    {
        var kitchen = ClaimOnce("kitchen");

        var office = ClaimOnce("office");

        Assert.NotEqual(kitchen, office);
        Assert.Equal(kitchen, ClaimOnce("kitchen"));
        Assert.Equal(office, ClaimOnce("office"));
    }

    [Fact]
    public void An_id_that_is_set_is_that_device_whatever_it_was_called()
    {
        var kitchen = ClaimOnce("kitchen");

        Assert.Equal(kitchen, ClaimOnce("hall", kitchen));
        Assert.Equal(kitchen, ClaimOnce("hall"));
        Assert.NotEqual(kitchen, ClaimOnce("kitchen"));
    }

    [Fact]
    public void Two_nodes_of_one_machine_are_two_devices_whichever_comes_first()
    {
        using var kitchen = Make();
        using var hall = Make();
        kitchen.Claim("kitchen");
        hall.Claim("hall");
        var (ofKitchen, ofHall) = (kitchen.Id, hall.Id);
        Assert.NotEqual(ofKitchen, ofHall);
        kitchen.Dispose();
        hall.Dispose();

        Assert.Equal(ofHall, ClaimOnce("hall"));
        Assert.Equal(ofKitchen, ClaimOnce("kitchen"));
    }

    [Fact]
    public void A_second_node_of_one_name_is_no_device_that_is_kept()
    {
        var kitchen = ClaimOnce("kitchen");
        using var one = Make();
        using var other = Make();
        one.Claim("kitchen");
        other.Claim("kitchen");

        Assert.Equal((kitchen, null), (one.Id, other.Id));
        one.Dispose();
        Assert.Equal(kitchen, ClaimOnce("kitchen"));
    }

    [Fact]
    public void The_first_line_of_the_file_counts()
    {
        // A power loss while a shorter name overwrites a longer one leaves the end of the longer one.
        Directory.CreateDirectory(_folder.PathOf("devices"));
        File.WriteAllText(_folder.PathOf("devices/0123456789ab"), "hall\nen\n");

        Assert.Equal("0123456789ab", ClaimOnce("hall"));
    }

    [Fact]
    public void Without_a_place_to_keep_it_there_is_none()
    {
        using var nowhere = new DeviceIdentity(new DeviceFolder(_folder.Write("file", "no folder")), NullLogger.Instance);
        using var homeless = new DeviceIdentity(folder: null, NullLogger.Instance);
        nowhere.Claim("kitchen");
        homeless.Claim("kitchen");

        Assert.Null(nowhere.Id);
        Assert.Null(homeless.TopicsFile);
    }

    private DeviceIdentity Make() => new(new DeviceFolder(_folder.PathOf("devices")), NullLogger.Instance);

    private string? ClaimOnce(string node, string? deviceId = null)
    {
        using var identity = Make();
        identity.Claim(node, deviceId);
        return identity.Id;
    }
}
