using System.Text.Json;
using SernetStream.Audio.Network;
using SernetStream.Configuration;

namespace SernetStream.Cluster.Rooms;

/// <summary>The file with the rooms whose audio the cluster fetches, or listens for.</summary>
internal static class RoomsFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Reads it.</summary>
    /// <exception cref="CommandException">It is wrong; the message names the room.</exception>
    public static IReadOnlyList<RoomSpec> Read(string path)
    {
        try
        {
            var rooms = JsonSerializer.Deserialize<List<RoomSpec>>(File.ReadAllText(path), Format) ?? [];
            foreach (var room in rooms)
            {
                RoomSpec.RequireName($"{path}: a room's name", room.Name);
                if (string.IsNullOrWhiteSpace(room.Source))
                {
                    throw Wrong(path, $"the room {room.Name} has no source; rooms whose audio is sent over a WebSocket need no entry here");
                }

                if (StreamAddress.IsOne(room.Source) && StreamAddress.ProblemOf(room.Source) is { } problem)
                {
                    throw Wrong(path, $"the source of {room.Name} cannot be used: {problem.TrimEnd('.')}");
                }
            }

            if (rooms.Where(room => room.IsSent).GroupBy(room => SenderListener.PlaceOf(room.Source!)).FirstOrDefault(group => group.Count() > 1) is { } clash)
            {
                throw Wrong(path, $"the rooms {string.Join(" and ", clash.Select(room => room.Name))} are sent to the same port ({clash.Key}); give each a port of its own");
            }

            return rooms.GroupBy(room => room.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
                ? throw Wrong(path, $"two rooms are called {twice.Key}")
                : rooms;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"--rooms {path} cannot be read: {error.Message}");
        }
        catch (JsonException error)
        {
            throw Wrong(path, $"it must be a list of rooms such as [{{\"name\": \"kitchen\", \"source\": \"rtsp://camera/stream\"}}] ({error.Message.Split('\n')[0]})");
        }
    }

    private static CommandException Wrong(string path, string why) => new(ExitCode.Usage, $"{path}: {why}.");
}
