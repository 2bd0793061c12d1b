package notify

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
	"github.com/nicholas-fedor/shoutrrr/pkg/util/jsonclient"
)

// chat sends to one chat of Telegram in the place of shoutrrr, which takes a
// message for sent when Telegram is not reached or answers with no JSON.
type chat struct {
	*telegram.Service
	id  string
	ctx context.Context // of the send under way
}

const telegramMethod = "https://api.telegram.org/bot%s/sendMessage"

// Send implements types.Sender.
func (c *chat) Send(message string, params *types.Params) error {
	config := c.GetConfig()
	id, thread, threaded := strings.Cut(c.id, ":")
	payload := telegram.SendMessagePayload{ID: id, Text: message, DisablePreview: !config.Preview, DisableNotification: !config.Notification}
	if n, err := strconv.Atoi(thread); threaded && err == nil {
		payload.MessageThreadID = &n
	}
	title, _ := params.Title()
	switch mode := config.ParseMode; mode {
	case telegram.ParseModes.None:
		payload.ParseMode = telegram.ParseModes.HTML.String()
		payload.Text = "<b>" + html.EscapeString(title) + "</b>\n" + html.EscapeString(message)
	default: // the user's templates are in it
		payload.ParseMode = mode.String()
	}
	var answer struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
	}
	client := jsonclient.NewWithHTTPClient(&http.Client{Transport: boundTransport{c.ctx}})
	err := client.Post(fmt.Sprintf(telegramMethod, config.Token), payload, &answer)
	switch {
	case err != nil && client.ErrorResponse(err, &answer) && answer.Description != "":
		return fmt.Errorf("telegram answers: %s", answer.Description)
	case err != nil:
		return fmt.Errorf("post to telegram: %w", err)
	case !answer.OK:
		return errors.New("telegram answers that it has not sent the message")
	}
	return nil
}
