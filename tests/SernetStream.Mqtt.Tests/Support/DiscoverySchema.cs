using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SernetStream.Mqtt.Tests.Support;

/// <summary>
/// Checks a device-based discovery message by Home Assistant's documentation, for the components of this project:
/// https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload and the pages of the platforms.
/// Problems are sentences; without any, Home Assistant accepts the message.
/// </summary>
internal static partial class DiscoverySchema
{
    private static readonly string[] RootKeys =
        ["dev", "o", "cmps", "availability_topic", "payload_available", "payload_not_available", "qos", "encoding", "state_topic", "command_topic"];

    private static readonly string[] DeviceKeys =
        ["ids", "cns", "cu", "hw", "mf", "mdl", "mdl_id", "name", "sa", "sn", "sw", "via_device"];

    private static readonly string[] EntityKeys =
    [
        "p", "name", "unique_id", "default_entity_id", "icon", "entity_category", "enabled_by_default", "qos",
        "json_attributes_topic", "json_attributes_template", "entity_picture",
    ];

    private static readonly Dictionary<string, string[]> PlatformKeys = new()
    {
        ["sensor"] =
        [
            "state_topic", "value_template", "device_class", "options", "state_class", "unit_of_measurement",
            "suggested_display_precision", "expire_after", "force_update", "last_reset_value_template",
        ],
        ["binary_sensor"] =
            ["state_topic", "value_template", "device_class", "payload_on", "payload_off", "expire_after", "off_delay", "force_update"],
        ["event"] = ["state_topic", "value_template", "device_class", "event_types"],
        ["switch"] =
        [
            "state_topic", "command_topic", "value_template", "command_template", "device_class", "payload_on", "payload_off",
            "state_on", "state_off", "optimistic", "retain",
        ],
        ["number"] =
        [
            "state_topic", "command_topic", "value_template", "command_template", "device_class", "min", "max", "step", "mode",
            "unit_of_measurement", "optimistic", "retain", "payload_reset",
        ],
        ["button"] = ["command_topic", "command_template", "device_class", "payload_press", "retain"],
        ["select"] =
            ["state_topic", "command_topic", "value_template", "command_template", "options", "optimistic", "retain"],
    };

    public static IReadOnlyList<string> Problems(string topic, string payload)
    {
        var problems = new List<string>();
        Require(DiscoveryTopic().IsMatch(topic), $"{topic} is no topic of a device's discovery");
        using var document = JsonDocument.Parse(payload);
        var root = document.RootElement;
        Keys(root, RootKeys, "the message");
        CheckDevice(root);
        var unique = new HashSet<string>();
        Require(!payload.Contains("\"unknown\"", StringComparison.Ordinal), "unknown is what a hub says where there is no value");
        Require(!payload.Contains("\"unavailable\"", StringComparison.Ordinal), "unavailable is what a hub says of what is offline");
        var components = root.GetProperty("cmps").EnumerateObject().ToList();
        Require(components.Count > 0, "there are no components");
        foreach (var component in components)
        {
            CheckComponent(component.Name, component.Value, unique);
        }

        return problems;

        void CheckDevice(JsonElement message)
        {
            var device = message.GetProperty("dev");
            Keys(device, DeviceKeys, "dev");
            Require(
                device.TryGetProperty("ids", out var ids) && ids.GetArrayLength() > 0 || device.TryGetProperty("cns", out _),
                "the device has neither identifiers nor connections");
            var origin = message.GetProperty("o");
            Keys(origin, ["name", "sw", "url"], "o");
            Require(origin.TryGetProperty("name", out var name) && name.GetString()!.Length > 0, "the origin has no name");
            Require(
                !origin.TryGetProperty("url", out var url) || Uri.TryCreate(url.GetString(), UriKind.Absolute, out _),
                "the origin's url is none");
            Require(message.GetProperty("qos").GetInt32() is >= 0 and <= 2, "qos is not 0, 1 or 2");
            Topic(message, "availability_topic", "the message");
        }

        void CheckComponent(string id, JsonElement component, HashSet<string> seen)
        {
            Require(Id().IsMatch(id), $"the component id {id} has characters that are not allowed");
            var platform = component.TryGetProperty("p", out var p) ? p.GetString()! : "";
            Require(PlatformKeys.ContainsKey(platform), $"{id} has the platform \"{platform}\"");
            if (component.EnumerateObject().Count() == 1 || !PlatformKeys.TryGetValue(platform, out var keys))
            {
                // A component with only a platform is to be removed.
                return;
            }

            Keys(component, [.. EntityKeys, .. keys], id);
            var uniqueId = component.GetProperty("unique_id").GetString()!;
            Require(Id().IsMatch(uniqueId) && seen.Add(uniqueId), $"{id} has a wrong or double unique_id {uniqueId}");
            var entity = component.GetProperty("default_entity_id").GetString()!;
            Require(EntityId().IsMatch(entity) && entity.StartsWith(platform + ".", StringComparison.Ordinal), $"{id} has a default_entity_id {entity}");
            Topic(component, platform == "button" ? "command_topic" : "state_topic", id);
            CheckPlatform(id, platform, component);
        }

        void CheckPlatform(string id, string platform, JsonElement component)
        {
            var category = Text(component, "entity_category");
            Require(category is null or "config" or "diagnostic", $"{id} has the category {category}");
            Require(
                category != "config" || platform is not ("sensor" or "binary_sensor"),
                $"{id} is a {platform} and cannot be of the category config");
            if (platform is "switch" or "number" or "select")
            {
                Topic(component, "command_topic", id);
            }

            switch (platform)
            {
                case "sensor":
                    CheckSensor(id, component);
                    break;
                case "event":
                    Require(component.GetProperty("event_types").GetArrayLength() > 0, $"{id} has no event_types");
                    break;
                case "select":
                    Require(component.GetProperty("options").GetArrayLength() > 0, $"{id} has no options");
                    break;
                case "number":
                    var (min, max) = (component.GetProperty("min").GetDouble(), component.GetProperty("max").GetDouble());
                    Require(min < max, string.Create(CultureInfo.InvariantCulture, $"{id} goes from {min} to {max}"));
                    Require(component.GetProperty("step").GetDouble() >= 0.001, $"{id} has a step below 0.001");
                    Require(Text(component, "mode") is null or "auto" or "box" or "slider", $"{id} has another mode");
                    break;
                default:
                    break;
            }
        }

        void CheckSensor(string id, JsonElement component)
        {
            var hasOptions = component.TryGetProperty("options", out var options);
            var isEnum = Text(component, "device_class") == "enum";
            Require(isEnum == hasOptions, $"{id} has options without being an enum, or the other way round");
            if (isEnum)
            {
                Require(options.GetArrayLength() > 0, $"{id} has empty options");
                Require(
                    options.EnumerateArray().Select(option => option.GetString()).Distinct().Count() == options.GetArrayLength(),
                    $"{id} has an option twice");
                Require(Text(component, "unit_of_measurement") is null, $"{id} is an enum with a unit");
                Require(Text(component, "state_class") is null, $"{id} is an enum with a state class");
            }

            var unit = Text(component, "unit_of_measurement");
            var deviceClass = Text(component, "device_class");
            Require(deviceClass != "timestamp" || unit is null, $"{id} is a timestamp with a unit");
            Require(
                deviceClass != "duration" || unit is "d" or "h" or "min" or "s" or "ms" or "µs", $"{id} has the unit {unit}");
            Require(
                Text(component, "last_reset_value_template") is null || Text(component, "state_class") == "total",
                $"{id} has a last reset, but is no total");
            Require(
                Text(component, "state_class") is null or "measurement" or "total" or "total_increasing",
                $"{id} has another state class");
        }

        void Keys(JsonElement element, IEnumerable<string> known, string where)
        {
            foreach (var property in element.EnumerateObject())
            {
                Require(known.Contains(property.Name), $"{where} has the unknown key {property.Name}");
            }
        }

        void Topic(JsonElement element, string key, string where)
        {
            var value = Text(element, key);
            Require(value is not null && value.Length > 0 && !value.AsSpan().ContainsAny('+', '#'), $"{where} has the {key} {value}");
        }

        void Require(bool condition, string problem)
        {
            if (!condition)
            {
                problems.Add(problem);
            }
        }
    }

    private static string? Text(JsonElement element, string key) =>
        element.TryGetProperty(key, out var value) ? value.GetString() : null;

    [GeneratedRegex("^[^+#]+/device/(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_-]+/config$")]
    private static partial Regex DiscoveryTopic();

    [GeneratedRegex("^[A-Za-z0-9_-]+$")]
    private static partial Regex Id();

    [GeneratedRegex("^[a-z_]+\\.[a-z0-9]+(?:_[a-z0-9]+)*$")]
    private static partial Regex EntityId();
}
