using SernetStream.Mqtt;

namespace SernetStream.Configuration;

/// <summary>A room of the configuration: its name, and all settings as they are for it.</summary>
/// <param name="Name">Its name: the level of its topics, and the node of its events.</param>
/// <param name="Values">Its own settings over those of the house; <see cref="Settings.Node"/> is the name.</param>
/// <param name="Origin">Where it is named.</param>
internal sealed record RoomSettings(string Name, SettingValues Values, Origin Origin)
{
    /// <summary>Everything that is set for it, as text: two rooms with the same are the same room.</summary>
    public string Text => string.Join('\n', Settings.All.Where(Settings.IsOfRoom).Select(setting => $"{setting.Key}={Values.TextOf(setting)}"));
}

/// <summary>Collects the settings of rooms. What a room does not say is as at the top level.</summary>
/// <param name="index">Finds settings.</param>
internal sealed class RoomSections(SettingIndex index)
{
    private readonly Dictionary<string, Section> _rooms = new(StringComparer.Ordinal);

    /// <summary>Whether a room was named.</summary>
    public bool Any => _rooms.Count > 0;

    private sealed class Section(Origin origin)
    {
        public Origin Origin { get; } = origin;

        public Dictionary<Setting, Assignment> Said { get; } = [];
    }

    /// <summary>Takes a value whose key begins with the room's name.</summary>
    public void Take(Assignment said, ProblemList problems)
    {
        var dot = said.Key.IndexOf('.', StringComparison.Ordinal);
        var name = dot < 0 ? said.Key : said.Key[..dot];
        var path = $"{Settings.RoomsKey}.{name}";
        var room = RoomOf(name, said.Origin with { Name = path });
        if (dot < 0)
        {
            if (said.Text.Length > 0)
            {
                problems.Add(said.Origin, $"{path} is '{said.Text}'; it must be a section with {Settings.Device.Key}: and what else is its own.");
            }

            return;
        }

        var key = said.Key[(dot + 1)..];
        if (said.Text.Length == 0 && Settings.IsSection(key))
        {
            // All of the section's lines are commented out.
        }
        else if (index.ByKey(key) is not { } setting)
        {
            problems.Add(said.Origin, $"In {path}, {index.Unknown(key)}");
        }
        else if (!Settings.IsOfRoom(setting))
        {
            problems.Add(said.Origin, $"{path}.{key} cannot differ from room to room; write it at the top level.");
        }
        else
        {
            room.Said[setting] = said;
        }
    }

    /// <summary>The rooms with all their settings.</summary>
    /// <param name="house">The settings of the top level.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public IReadOnlyList<RoomSettings> Finish(SettingValues house, ProblemList problems)
    {
        var rooms = new List<RoomSettings>();
        foreach (var (name, section) in _rooms)
        {
            var values = new SettingValues(house);
            values.Set(Settings.Node, name, name, section.Origin);
            if (section.Said.ContainsKey(Settings.Sensitivity) && !section.Said.ContainsKey(Settings.Enter) && house.Get(Settings.Enter) is not null)
            {
                // What a room says of itself wins over what the house says.
                values.Set(Settings.Enter, null, "", section.Origin);
            }

            foreach (var (setting, said) in section.Said)
            {
                values.Assign(setting, said, problems);
            }

            rooms.Add(new RoomSettings(name, values, section.Origin));
        }

        CheckNames(house, rooms, problems);
        CheckSources(rooms, problems);
        if (problems.Count == 0)
        {
            foreach (var room in rooms)
            {
                foreach (var rule in Settings.Rules.Where(rule => rule.Holds(house) && !rule.Holds(room.Values)))
                {
                    problems.Add(rule.OriginIn(room.Values), $"In {Settings.RoomsKey}.{room.Name}, {rule.Problem(room.Values)}");
                }
            }
        }

        return rooms;
    }

    private static void CheckNames(SettingValues house, List<RoomSettings> rooms, ProblemList problems)
    {
        foreach (var room in rooms)
        {
            if (string.IsNullOrWhiteSpace(room.Name) || new MqttOptions { Host = "broker.local", Node = room.Name }.Problems().Count > 0)
            {
                problems.Add(
                    room.Origin,
                    $"The room's name '{room.Name}' cannot be used; it must be 1 to 64 characters without /, +, # and control characters, and not devices, "
                    + "because it is a level of the MQTT topics.");
            }
            else if (room.Name == house.Node())
            {
                problems.Add(
                    room.Origin,
                    $"The room '{room.Name}' is called like the node itself, whose topics are beside those of its rooms; give one of them another name "
                    + $"({Settings.Node.Key}: names the node).");
            }
        }
    }

    private static void CheckSources(List<RoomSettings> rooms, ProblemList problems)
    {
        var heard = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var room in rooms)
        {
            var device = room.Values.TextOf(Settings.Device);
            if (room.Values.OwnOriginOf(Settings.Device) is not { } origin)
            {
                problems.Add(room.Origin, $"The room '{room.Name}' has no source; say what it listens to, with {Settings.Device.Key}: below its name.");
            }
            else if (!heard.TryAdd(device, room.Name) && !device.StartsWith(Audio.AudioSourceFactory.FilePrefix, StringComparison.Ordinal))
            {
                problems.Add(origin, $"The rooms '{heard[device]}' and '{room.Name}' both listen to {Audio.AudioSourceFactory.NameOf(device)}; a source belongs to one room.");
            }
        }
    }

    private Section RoomOf(string name, Origin origin)
    {
        if (!_rooms.TryGetValue(name, out var room))
        {
            _rooms.Add(name, room = new Section(origin));
        }

        return room;
    }
}
