using SernetStream.Mqtt.Session;

namespace SernetStream.Mqtt.Tests;

/// <summary>A broker's reason code becomes words, by the tables of both MQTT versions.</summary>
public sealed class MqttReasonTests
{
    [Theory]
    [InlineData(0x00, false)]
    [InlineData(0x10, false)] // No matching subscribers.
    [InlineData(0x80, true)] // SUBACK of 3.1.1 has it too.
    [InlineData(MqttReason.PacketTooLarge, true)]
    public void Errors_begin_at_128(int code, bool isError) => Assert.Equal(isError, MqttReason.IsError(code));

    [Theory]
    [InlineData(3, true)]
    [InlineData(0x88, true)]
    [InlineData(0x89, true)]
    [InlineData(0x97, true)]
    [InlineData(0x9F, true)]
    [InlineData(5, false)]
    [InlineData(MqttReason.NotAuthorised, false)]
    [InlineData(MqttReason.BadUserNameOrPassword, false)]
    public void A_broker_that_is_busy_is_tried_again_soon_and_one_that_refuses_is_not(int code, bool isPassing) =>
        Assert.Equal(isPassing, MqttReason.IsPassing(code));

    [Theory]
    [InlineData(5, true, "refused the user name or password")]
    [InlineData(MqttReason.NotAuthorised, true, "refused the user name or password")]
    [InlineData(5, false, "wants a user name and a password")]
    [InlineData(MqttReason.BadUserNameOrPassword, false, "wants a user name and a password")]
    [InlineData(0x8A, true, "refused the connection (this client is banned)")]
    public void A_refusal_says_what_is_missing(int code, bool namedUser, string words) =>
        Assert.Equal(words, MqttReason.OfRefusal(code, namedUser, MqttVersion.V5));

    [Fact]
    public void A_broker_of_another_version_is_told_by_the_version_that_was_tried()
    {
        Assert.Equal("does not speak MQTT 5; set the version to 3.1.1", MqttReason.OfRefusal(1, namedUser: false, MqttVersion.V5));
        Assert.Equal("does not speak MQTT 3.1.1", MqttReason.OfRefusal(1, namedUser: false, MqttVersion.V311));
    }
}
