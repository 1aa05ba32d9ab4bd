using SernetStream.Audio.Network;
using SernetStream.Configuration;

namespace SernetStream.Cluster.Rooms;

/// <summary>What a room is.</summary>
[GenerateSerializer]
[Alias("sernet.room-spec")]
internal sealed record RoomSpec
{
    /// <summary>Its name: the node of its events, and a level of its topics.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>Where the cluster fetches its audio, or listens for who sends it; null: somebody sends it over a WebSocket.</summary>
    [Id(1)]
    public string? Source { get; init; }

    /// <summary>Its model; null: the silo's.</summary>
    [Id(2)]
    public string? Model { get; init; }

    /// <summary>Whether its baseline follows the voices there.</summary>
    [Id(3)]
    public bool Learn { get; init; }

    /// <summary>Which rooms a silo that cannot keep up gives away first: those with the lowest number.</summary>
    [Id(4)]
    public int Priority { get; init; }

    /// <summary>Whether somebody sends its audio to a silo, where the room is then; the cluster fetches that of others.</summary>
    public bool IsSent => Source is null || SenderListener.IsFor(Source);

    /// <summary>A name that is one level of a topic.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static string RequireName(string what, string name) => IsName(name)
        ? name
        : throw new CommandException(ExitCode.Usage, $"{what} is '{name}'; it must be 1 to 64 characters without /, +, # and control characters.");

    /// <summary>Whether it is one level of a topic.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && !name.Any(c => c is '/' or '+' or '#' || char.IsControl(c)) && !char.IsWhiteSpace(name[0]) && !char.IsWhiteSpace(name[^1]);
}
